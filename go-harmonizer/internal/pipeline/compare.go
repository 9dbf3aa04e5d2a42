package pipeline

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/dedup"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// change is what comparisons did to a record.
type change struct {
	removed    bool // as a duplicate
	withdrawn  bool // to the quarantine
	failed     bool
	group      string
	superseded string
	rule       string
	message    string
	settings   []setting
	mended     bool // another's texts took the place of its errors
}

// setting is a field of a record that takes another's text.
type setting struct {
	field string
	text  []byte // nil: null
	kept  bool   // no rule could read the text
	old   []byte // what stood there, nil: null
	from  *cross.Member
}

// membersAtOnce bounds the records that are held while they are compared.
const membersAtOnce = 50_000

// compareRecords judges the records of a group that are equal where that is verified (rule DED-1), then those that share a key
// (rules DED-2 to DED-4, DED-6), then persons (rule DED-5), then the vital signs of one patient (rule VAL-VIT-3).
func (w *work) compareRecords(ctx context.Context, g *group) error {
	if g.exact != nil {
		if err := w.compareGroups(ctx, g, g.exact, lookEqual, (*cross.Shape).JudgeEqual); err != nil {
			return err
		}
	}
	if err := w.compareKeys(ctx, g); err != nil {
		return err
	}
	if g.growth == nil {
		return nil
	}
	return w.compareGroups(ctx, g, g.growth, lookPatient, (*cross.Shape).JudgeGrowth)
}

// compareKeys judges the records that share a key, and matches patients: before these are merged, after they are removed.
func (w *work) compareKeys(ctx context.Context, g *group) error {
	rules := &cross.Rules{Policy: w.job.Policy, Priority: w.job.Priority}
	judge := func(s *cross.Shape, group []*cross.Member) []cross.Verdict { return s.Judge(ctx, group, rules) }
	matching := w.job.Match && g.entity == "patient"
	if matching && rules.Policy == cross.Merge {
		clusters, err := w.matchPatients(ctx, g)
		if err != nil {
			return err
		}
		groups, err := joined(g.keys, clusters)
		if err != nil {
			return err
		}
		rules.Clusters = numbered(clusters)
		return w.judgeGroups(ctx, g, groups, lookKey, judge)
	}
	if g.keys != nil {
		if err := w.compareGroups(ctx, g, g.keys, lookKey, judge); err != nil {
			return err
		}
	}
	if matching {
		_, err := w.matchPatients(ctx, g)
		return err
	}
	return nil
}

// looker returns what the members of a group have in common, if they do: the key, or all that rule DED-1 compares.
type looker func(m *maker, target int, t *plan.Table, i int) []byte

func lookKey(m *maker, target int, t *plan.Table, i int) []byte {
	if m.keys[target] == nil {
		return nil
	}
	key, _ := m.keys[target].Key(t, i)
	return key
}

func lookPatient(m *maker, target int, t *plan.Table, i int) []byte {
	return m.growth[target].Key(t, i)
}

func lookEqual(m *maker, target int, t *plan.Table, i int) []byte {
	return m.encoders[target].Compared(t, i)
}

func (w *work) compareGroups(ctx context.Context, g *group, keys *dedup.Keys, look looker, verdicts judgement) error {
	groups, err := keys.Shared()
	if err != nil {
		return err
	}
	return w.judgeGroups(ctx, g, groups, look, verdicts)
}

// judgeGroups compares the records of each group, some groups at a time.
func (w *work) judgeGroups(ctx context.Context, g *group, groups [][]int64, look looker, verdicts judgement) error {
	for len(groups) > 0 {
		n, members := 0, 0
		for n < len(groups) && (n == 0 || members+len(groups[n]) <= membersAtOnce) {
			members += len(groups[n])
			n++
		}
		if err := w.judge(ctx, g, groups[:n], look, verdicts); err != nil {
			return err
		}
		groups = groups[n:]
	}
	return nil
}

// judgement compares the members of one group.
type judgement func(*cross.Shape, []*cross.Member) []cross.Verdict

func (w *work) judge(ctx context.Context, g *group, groups [][]int64, look looker, verdicts judgement) error {
	found, shape, err := w.fetch(ctx, g, groups, look)
	if err != nil {
		return err
	}
	for _, group := range groups {
		var members []*cross.Member
		for _, order := range group {
			if m := found[order]; m != nil && (g.changes[order] == nil || !g.changes[order].removed) {
				members = append(members, m)
			}
		}
		all := verdicts(shape, members)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, v := range all {
			if err := g.of(v.Member.Order).apply(shape, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// fetch standardizes again the segments that hold the wanted records, and copies these.
func (w *work) fetch(ctx context.Context, g *group, groups [][]int64, look looker) (map[int64]*cross.Member, *cross.Shape, error) {
	wanted := map[*target]map[*segment][]int64{}
	for _, group := range groups {
		for _, order := range group {
			t := g.of(order)
			if wanted[t] == nil {
				wanted[t] = map[*segment][]int64{}
			}
			seg := t.at(order).segment
			wanted[t][seg] = append(wanted[t][seg], order)
		}
	}
	shape, found := g.shape(), map[int64]*cross.Member{}
	for _, t := range g.targets {
		if err := t.fetch(ctx, wanted[t], shape, look, found); err != nil {
			return nil, nil, err
		}
	}
	return found, shape, nil
}

// shape names the fields of the records of all files.
func (g *group) shape() *cross.Shape {
	var plans []*plan.Plan
	for _, t := range g.targets {
		plans = append(plans, t.plan)
	}
	return cross.NewShape(plans...)
}

func (t *target) fetch(ctx context.Context, wanted map[*segment][]int64, shape *cross.Shape, look looker, found map[int64]*cross.Member) error {
	segments := slices.SortedFunc(maps.Keys(wanted), func(a, b *segment) int { return a.index - b.index })
	return t.lookAt(ctx, segments, func(m *maker, res *result, table *plan.Table) {
		t.run.mu.Lock()
		defer t.run.mu.Unlock()
		for _, order := range wanted[res.segment] {
			i := int(order - t.at(order).first)
			member := shape.Member(table, i, order, look(m, t.index, table, i))
			if t.run.several() {
				member.File, member.FileName = t.run.file+1, t.run.job.FileName
				member.Born = t.run.refs.Born(table.Values, t.plan.Slot("patient_id"), i)
			}
			found[order] = member
		}
	}, func(*result) error { return nil })
}

// lookAt standardizes segments again; workers call look, and take is called in order.
func (t *target) lookAt(ctx context.Context, segments []*segment, look func(*maker, *result, *plan.Table), take func(*result) error) error {
	e := newEngine(t.run, t.run.reading)
	e.only, e.look, e.take = t.index, look, take
	for _, seg := range segments {
		if err := e.feed(ctx, seg); err != nil {
			return err
		}
	}
	return e.finish(ctx)
}

// apply notes what a verdict changes and reports it.
func (t *target) apply(shape *cross.Shape, v cross.Verdict) error {
	r, m := t.run, v.Member
	merged, wrong, fresh, err := t.reread(shape, &v)
	if err != nil {
		return err
	}
	p := t.at(m.Order)
	gone := p.isRemoved(uint32(m.Order - p.first)) // It is in the quarantine already, and counts once.
	c := &change{removed: v.Removed && !gone, group: v.Group, superseded: v.SupersededBy, settings: settingsOf(shape, v)}
	for _, f := range append(v.Findings, fresh...) {
		if f.Severity == record.Information {
			r.tellRemoval(t, f, m, c)
			continue
		}
		r.crossIssue(t, shape, merged, f)
		if f.Severity == record.Error {
			c.failed, c.rule, c.message = true, f.Rule, f.Message
			c.withdrawn = r.job.Quarantine && !gone && t.isRequired(f.Field)
		}
	}
	if len(c.settings) > 0 {
		c.failed, c.mended = c.failed || wrong, !wrong
	}
	t.countErrors(m, c)
	if c.removed {
		t.acct.Duplicates++
		t.acct.Written--
	}
	if c.withdrawn {
		r.acct.Quarantined++
		t.acct.Written--
	}
	if c.removed || c.failed || c.superseded != "" || len(c.settings) > 0 {
		t.note(m, c)
	}
	return nil
}

// countErrors counts a record that a comparison made erroneous, or no longer so.
func (t *target) countErrors(m *cross.Member, c *change) {
	known := t.changes[m.Order]
	before := m.Failed && (known == nil || !known.mended) || known != nil && known.failed
	switch after := c.failed || before && !c.mended; {
	case after && !before:
		t.acct.ErrorRecords++
	case before && !after:
		t.acct.ErrorRecords--
	}
}

// tellRemoval reports a removed record, or a field that takes another's text.
func (r *run) tellRemoval(t *target, f cross.Found, m *cross.Member, c *change) {
	switch {
	case f.Field != "":
		r.inform(t, f.Rule, f.Field, f.Message, m.Number, f.Outcome)
		r.traceSetting(t, f, m, c)
	case c.removed:
		r.traceGone(t, f, m)
		r.removal.add(m.Number, r.appendRemoval(nil, t, f.Finding, m.Number))
	}
}

func (t *target) isRequired(field string) bool {
	slot := t.plan.Slot(field)
	return slot >= 0 && t.plan.IsRequired(slot)
}

func settingsOf(shape *cross.Shape, v cross.Verdict) []setting {
	var all []setting
	for _, s := range v.Settings {
		one := setting{field: shape.Fields[s.Field], from: s.From}
		if s.From.Has[s.Field] {
			one.text, one.kept = []byte(s.From.Texts[s.Field]), s.From.Kept[s.Field]
		}
		if v.Member.Has[s.Field] {
			one.old = []byte(v.Member.Texts[s.Field])
		}
		all = append(all, one)
	}
	return all
}

// note keeps a change, beside what was known before.
func (t *target) note(m *cross.Member, c *change) {
	if known := t.changes[m.Order]; known != nil {
		c.removed, c.withdrawn, c.failed = c.removed || known.removed, c.withdrawn || known.withdrawn, c.failed || known.failed
		c.group, c.superseded = cmp.Or(c.group, known.group), cmp.Or(c.superseded, known.superseded)
		c.rule, c.message = cmp.Or(known.rule, c.rule), cmp.Or(known.message, c.message)
		c.settings = append(known.settings, c.settings...)
		c.mended = (c.mended || known.mended) && !c.failed
	}
	t.changes[m.Order] = c
	t.run.traceMarks(m, c)
	t.marks = append(t.marks, Mark{Entity: t.entity, Number: m.Output, Removed: c.removed || c.withdrawn, Failed: c.failed,
		CollisionGroup: c.group, SupersededBy: c.superseded})
}

// crossIssue reports a finding of a comparison.
func (r *run) crossIssue(t *target, shape *cross.Shape, m *cross.Member, f cross.Found) {
	issue := encode.Issue{Rule: f.Rule, Severity: f.Severity, Entity: t.plan.Entity.Name, File: r.job.FileName, Record: m.Number,
		Field: f.Field, Outcome: f.Outcome, Message: f.Message, Count: 1}
	if f.Field != "" {
		if s := t.plan.Slot(f.Field); s >= 0 {
			issue.Column = t.plan.Header(s)
		}
		if text, ok := shape.Text(m, f.Field); ok {
			issue.Source, issue.Output, issue.Outcome = []byte(text), []byte(text), max(record.OK, f.Outcome)
		}
	}
	if r.job.Deidentify {
		issue.Hide()
	}
	r.tellLate(&issue, f.Field)
}
