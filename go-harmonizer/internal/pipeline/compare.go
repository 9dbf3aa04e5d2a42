package pipeline

import (
	"context"
	"maps"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/dedup"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

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
