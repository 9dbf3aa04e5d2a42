package encode

import (
	"slices"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// tracer writes the lineage of one plan's records, for one worker. Only jobs that ask for lineage have one.
type tracer struct {
	origins []origin // by column of the output
	notes   told     // findings of the page that are about another field than the one they stand with
	said    []note   // those of the record at hand
	line    LineageLine
	source  []byte
}

// origin is where a column comes from.
type origin struct {
	slot  int   // whose cell it is, -1: none
	parts []int // columns that it is put together from
	// from is the slot whose rule may fill it, -1: none does.
	from int
	rule LineageRule
	// sure tells that both fields name the rule; else what it said about the other field may tell more.
	sure bool
}

type note struct {
	slot    int
	finding *record.Finding
}

func newTracer(p *plan.Plan) *tracer {
	tr := &tracer{}
	for _, out := range p.Written {
		tr.origins = append(tr.origins, originOf(p, out))
	}
	return tr
}

func originOf(p *plan.Plan, out plan.Out) origin {
	o := origin{slot: out.Slot, from: -1}
	if out.Slot < 0 || out.Kind != entity.OutField && out.Kind != entity.OutDerived {
		return o
	}
	for _, part := range p.Mapping.Parts {
		if part.Field == out.Field && out.Column < 0 {
			o.parts = append(o.parts, part.Column)
		}
	}
	f := &p.Entity.Fields[out.Field]
	id, from := p.DerivedBy(out.Slot)
	for _, name := range append([]string{f.DerivedFrom}, f.FilledFrom...) {
		if from < 0 && name != "" {
			from = p.Slot(name)
		}
	}
	if from < 0 {
		return o
	}
	o.from = from
	if k := p.Entity.Field(p.SlotName(from)); k >= 0 {
		if shared := sharedRule(f, &p.Entity.Fields[k]); shared != "" {
			id, o.sure = shared, true
		}
	}
	if len(f.Std) > 0 && !o.sure && (id == "" || f.Derived()) {
		id = firstOf(f.Std[0])
	}
	o.rule = LineageRule{id, "derived from " + p.SlotName(from)}
	return o
}

// sharedRule returns the first rule of a field that is one of another's, too.
func sharedRule(f, other *entity.Field) string {
	for _, id := range f.Std {
		for _, theirs := range slices.Concat(other.Std, other.Val) {
			if family, ok := strings.CutSuffix(theirs, "*"); id == theirs || ok && strings.HasPrefix(id, family) {
				return firstOf(id)
			}
		}
	}
	return ""
}

// firstOf returns the id of a rule; a family is known by its first.
func firstOf(id string) string { return strings.Replace(id, "*", "1", 1) }

// trace writes the lines of a record.
func (e *Encoder) trace(t *plan.Table, i int, extra []plan.Extra, b *Block) {
	e.gatherNotes(i, extra)
	for c := range e.plan.Written {
		if out := &e.plan.Written[c]; out.Slot >= 0 {
			e.traceValue(t, i, c, out, b)
		}
	}
}

// gatherNotes finds what was said about fields elsewhere than with their values.
func (e *Encoder) gatherNotes(i int, extra []plan.Extra) {
	tr := e.tracer
	tr.said = tr.said[:0]
	for n := tr.notes.first[i-e.page.from]; n > 0; {
		one := &tr.notes.all[n-1]
		tr.said = append(tr.said, note{one.slot, one.finding})
		n = one.next
	}
	for k := range extra {
		x := &extra[k]
		slot := x.Slot
		if x.Finding.Field != "" {
			slot = e.plan.Slot(x.Finding.Field)
		}
		if said(&x.Finding) {
			tr.said = append(tr.said, note{slot, &x.Finding})
		}
	}
}

// traceValue writes the line of a value that is not as it came.
func (e *Encoder) traceValue(t *plan.Table, i, c int, out *plan.Out, b *Block) {
	guarded := slices.Contains(e.formula, c)
	if out.Kind == entity.OutSource && !guarded {
		return
	}
	l := &e.tracer.line
	*l = LineageLine{File: e.options.File, Record: t.Numbers[i], Field: out.Name, Rules: l.Rules[:0]}
	outcome := record.OK
	if out.Kind != entity.OutSource {
		outcome = e.tracer.explain(t, i, c, out)
	}
	l.Output = e.text(t, i, out)
	if guarded {
		outcome = max(outcome, record.Changed)
		l.Output = append([]byte{'\''}, l.Output...)
		l.Rules = append(l.Rules, LineageRule{"SEC-1", formulaMessage})
	}
	if outcome == record.OK {
		return
	}
	l.Outcome = outcome.String()
	e.tracer.locate(e.plan, t, i, c)
	if e.options.Private {
		l.Hide()
	}
	b.Lineage.Text = l.Append(b.Lineage.Text)
	b.Lineage.Add(l.Record)
}

// explain collects the rules that made a value what it is, and returns what became of it.
func (tr *tracer) explain(t *plan.Table, i, c int, out *plan.Out) record.Outcome {
	v := t.Values[out.Slot][i]
	outcome := v.Outcome
	for k := range v.Findings {
		if f := &v.Findings[k]; f.Field == "" && said(f) {
			tr.line.addRule(f)
		}
	}
	for _, n := range tr.said {
		if n.slot != out.Slot {
			continue
		}
		tr.line.addRule(n.finding)
		if outcome == record.OK {
			outcome = n.finding.Outcome
		}
	}
	if outcome != record.OK && len(tr.line.Rules) == 0 {
		tr.fallBack(t, i, v, c)
	}
	return outcome
}

// fallBack explains a value of which no finding says that it changed: by what was said at all, by what was said of the field that it
// comes from, or by the rule that derives it.
func (tr *tracer) fallBack(t *plan.Table, i int, v *record.Value, c int) {
	for k := range v.Findings {
		if v.Findings[k].Field == "" {
			tr.line.addRule(&v.Findings[k])
		}
	}
	o := &tr.origins[c]
	if len(tr.line.Rules) > 0 || o.from < 0 {
		return
	}
	if from := t.Values[o.from][i]; !o.sure {
		for k := range from.Findings {
			if f := &from.Findings[k]; f.Field == "" && said(f) && !strings.HasPrefix(f.Rule, "STD-TXT-") {
				tr.line.addRule(f)
			}
		}
	}
	if len(tr.line.Rules) == 0 && o.rule.ID != "" {
		tr.line.Rules = append(tr.line.Rules, o.rule)
	}
}

// locate finds the cells that a value comes from: its own, those it is put together from, or that of the field whose rule filled it.
func (tr *tracer) locate(p *plan.Plan, t *plan.Table, i, c int) {
	o, l := &tr.origins[c], &tr.line
	if len(o.parts) > 0 {
		tr.join(p, t, i, o.parts)
		return
	}
	at := o.slot
	if o.from >= 0 && len(t.Raw(at, i)) == 0 {
		at = o.from
	}
	l.Column = t.Column(at, i).Header
	if raw := t.Raw(at, i); len(raw) > 0 {
		l.Source = raw
	}
}

func (tr *tracer) join(p *plan.Plan, t *plan.Table, i int, columns []int) {
	l := &tr.line
	tr.source = tr.source[:0]
	for k, column := range columns {
		if k > 0 {
			l.Column, tr.source = l.Column+"+", append(tr.source, '+')
		}
		l.Column += p.Mapping.Columns[column].Header
		tr.source = append(tr.source, t.Batch.Cell(column, int(t.Refs[i].Row))...)
	}
	l.Source = tr.source
}
