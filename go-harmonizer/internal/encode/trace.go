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
	origins  []origin // by column of the output
	accounts []accounts
	changed  []int  // columns of the output that hold a value of the page which is not as it came
	notes    told   // findings of the page that are about another field than the one they stand with
	said     []note // those of the record at hand
	line     LineageLine
	source   []byte
}

type note struct {
	slot    int
	finding *record.Finding
}

func newTracer(p *plan.Plan, file string) *tracer {
	tr := &tracer{accounts: make([]accounts, len(p.Written)), line: LineageLine{File: file}}
	for _, out := range p.Written {
		tr.origins = append(tr.origins, originOf(p, out))
	}
	return tr
}

// survey finds the columns of the page that there may be something to tell of.
func (e *Encoder) survey() {
	e.tracer.changed = e.tracer.changed[:0]
	for c := range e.plan.Written {
		if out := &e.plan.Written[c]; out.Slot >= 0 && out.Kind != entity.OutSource && e.page.slots[out.Slot].changed {
			e.tracer.changed = append(e.tracer.changed, c)
		}
	}
}

// trace writes the lines of a record.
func (e *Encoder) trace(t *plan.Table, i int, extra []plan.Extra, b *Block) {
	e.gatherNotes(i, extra)
	if len(e.tracer.said) == 0 && len(e.formula) == 0 {
		for _, c := range e.tracer.changed {
			e.traceValue(t, i, c, &e.plan.Written[c], b)
		}
		return
	}
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
	if !guarded && (out.Kind == entity.OutSource || !e.page.changed(out.Slot, i) && !e.tracer.hasNote(out.Slot)) {
		return
	}
	l := &e.tracer.line
	l.Field, l.Column, l.Source, l.Rules = out.Name, "", nil, l.Rules[:0]
	outcome := record.OK
	if out.Kind != entity.OutSource {
		outcome = e.tracer.explain(t, i, c, out)
	}
	if guarded {
		outcome = max(outcome, record.Changed)
		l.Rules = append(l.Rules, LineageRule{"SEC-1", formulaMessage})
	}
	if outcome == record.OK {
		return
	}
	l.Outcome = outcome.String()
	e.tracer.locate(t, i, c)
	account := e.tracer.accounts[c].find(l, outcome, e.options.Private)
	source, output := l.Source, e.text(c, i)
	if guarded {
		output = append([]byte{'\''}, output...)
	}
	if e.options.Private {
		source, output = nil, nil
	}
	b.Lineage.Text = account.append(b.Lineage.Text, e.number.text, source, output)
	b.Lineage.Add(t.Numbers[i])
}

func (tr *tracer) hasNote(slot int) bool {
	return slices.ContainsFunc(tr.said, func(n note) bool { return n.slot == slot })
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
func (tr *tracer) locate(t *plan.Table, i, c int) {
	o, l := &tr.origins[c], &tr.line
	if len(o.parts) > 0 {
		tr.join(t, i, o)
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

func (tr *tracer) join(t *plan.Table, i int, o *origin) {
	tr.source = tr.source[:0]
	for k, column := range o.parts {
		if k > 0 {
			tr.source = append(tr.source, '+')
		}
		tr.source = append(tr.source, t.Batch.Cell(column, int(t.Refs[i].Row))...)
	}
	tr.line.Column, tr.line.Source = o.headers, tr.source
}
