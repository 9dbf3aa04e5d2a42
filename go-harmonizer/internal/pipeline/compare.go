package pipeline

import (
	"context"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/dedup"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// change is what a comparison of records did to one of them.
type change struct {
	removed   bool // as a duplicate
	withdrawn bool // to the quarantine
	failed    bool
	group     string
	rule      string
	message   string
}

// membersAtOnce bounds the records that are held while they are compared.
const membersAtOnce = 50_000

// compareRecords judges the records of a target that are equal where that is verified (rule DED-1), then those that share a key
// (rules DED-2, DED-3), then the vital signs of one patient (rule VAL-VIT-3).
func (r *run) compareRecords(ctx context.Context, t *target) error {
	if t.exact != nil {
		if err := r.compareGroups(ctx, t, t.exact, lookEqual, (*cross.Shape).JudgeEqual); err != nil {
			return err
		}
	}
	if t.keys != nil {
		byPolicy := func(s *cross.Shape, group []*cross.Member) []cross.Verdict { return s.Judge(ctx, group, r.job.Policy) }
		if err := r.compareGroups(ctx, t, t.keys, lookKey, byPolicy); err != nil {
			return err
		}
	}
	if t.growth == nil {
		return nil
	}
	return r.compareGroups(ctx, t, t.growth, lookPatient, (*cross.Shape).JudgeGrowth)
}

// looker returns what the members of a group have in common, if they do: the key, or all that rule DED-1 compares.
type looker func(m *maker, target int, t *plan.Table, i int) []byte

func lookKey(m *maker, target int, t *plan.Table, i int) []byte {
	key, _ := m.keys[target].Key(t, i)
	return key
}

func lookPatient(m *maker, target int, t *plan.Table, i int) []byte {
	return m.growth[target].Key(t, i)
}

func lookEqual(m *maker, target int, t *plan.Table, i int) []byte {
	return m.encoders[target].Compared(t, i)
}

func (r *run) compareGroups(ctx context.Context, t *target, keys *dedup.Keys, look looker, verdicts judgement) error {
	groups, err := keys.Shared()
	if err != nil {
		return err
	}
	for len(groups) > 0 {
		n, members := 0, 0
		for n < len(groups) && (n == 0 || members+len(groups[n]) <= membersAtOnce) {
			members += len(groups[n])
			n++
		}
		if err := r.judge(ctx, t, groups[:n], look, verdicts); err != nil {
			return err
		}
		groups = groups[n:]
	}
	return nil
}

// judgement compares the members of one group.
type judgement func(*cross.Shape, []*cross.Member) []cross.Verdict

func (r *run) judge(ctx context.Context, t *target, groups [][]int64, look looker, verdicts judgement) error {
	found, shape, err := r.fetch(ctx, t, groups, look)
	if err != nil {
		return err
	}
	for _, group := range groups {
		var members []*cross.Member
		for _, order := range group {
			if m := found[order]; m != nil && (t.changes[order] == nil || !t.changes[order].removed) {
				members = append(members, m)
			}
		}
		all := verdicts(shape, members)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, v := range all {
			r.applyVerdict(t, shape, v)
		}
	}
	return nil
}

// fetch standardizes again the segments that hold the wanted records, and copies these.
func (r *run) fetch(ctx context.Context, t *target, groups [][]int64, look looker) (map[int64]*cross.Member, *cross.Shape, error) {
	wanted := map[*segment][]int64{}
	var segments []*segment
	for _, group := range groups {
		for _, order := range group {
			seg := t.at(order).segment
			if wanted[seg] == nil {
				segments = append(segments, seg)
			}
			wanted[seg] = append(wanted[seg], order)
		}
	}
	slices.SortFunc(segments, func(a, b *segment) int { return a.index - b.index })
	shape, found := cross.NewShape(t.plan), map[int64]*cross.Member{}
	e := newEngine(r, r.reading)
	e.take = func(*result) error { return nil }
	e.only = t.index
	e.look = func(m *maker, seg *segment, table *plan.Table) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, order := range wanted[seg] {
			i := int(order - t.at(order).first)
			found[order] = shape.Member(table, i, order, look(m, t.index, table, i))
		}
	}
	for _, seg := range segments {
		if err := e.feed(ctx, seg); err != nil {
			return nil, nil, err
		}
	}
	return found, shape, e.finish(ctx)
}

// applyVerdict notes what a verdict changes and reports it.
func (r *run) applyVerdict(t *target, shape *cross.Shape, v cross.Verdict) {
	m := v.Member
	p := t.at(m.Order)
	gone := p.isRemoved(uint32(m.Order - p.first)) // It is in the quarantine already, and counts once.
	c := &change{removed: v.Removed && !gone, group: v.Group}
	for _, f := range v.Findings {
		if f.Severity == record.Information {
			if c.removed {
				r.removal.add(m.Number, r.appendRemoval(nil, t, f.Finding, m.Number))
			}
			continue
		}
		r.crossIssue(t, shape, m, f)
		if f.Severity == record.Error {
			c.failed, c.rule, c.message = true, f.Rule, f.Message
			c.withdrawn = r.job.Quarantine && !gone && t.plan.IsRequired(t.plan.Slot(f.Field))
		}
	}
	if c.failed && !m.Failed {
		t.acct.ErrorRecords++
	}
	if c.removed {
		t.acct.Duplicates++
		t.acct.Written--
	}
	if c.withdrawn {
		r.acct.Quarantined++
		t.acct.Written--
	}
	if c.removed || c.failed {
		t.changes[m.Order] = c
		t.marks = append(t.marks, Mark{Entity: t.plan.Entity.Name, Number: m.Output, Removed: c.removed || c.withdrawn,
			Failed: c.failed, CollisionGroup: c.group})
	}
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
			issue.Source, issue.Output, issue.Outcome = []byte(text), []byte(text), record.OK
		}
	}
	r.tellLate(&issue, f.Field)
}

// conclude compares records, and writes what waited for that.
func (r *run) conclude(ctx context.Context, e *engine) error {
	r.merge(e)
	r.progress.Stage.Store(int32(Comparing))
	for _, t := range r.targets {
		if err := r.compareRecords(ctx, t); err != nil {
			return err
		}
	}
	r.progress.Stage.Store(int32(Writing))
	for _, t := range r.targets {
		if err := r.flush(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
