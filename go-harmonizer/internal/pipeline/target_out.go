package pipeline

import (
	"slices"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/dedup"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// newTarget opens the way out of one plan.
func (r *run) newTarget(i int, p *plan.Plan) *target {
	g := r.groupOf(p)
	t := &target{group: g, run: r, index: i, plan: p, base: g.order}
	g.targets = append(g.targets, t)
	if r.several() && r.writes(i) {
		t.name = r.cleanName(t) // Files of one entity are standardized in their order, whenever their artifacts open.
	}
	if r.compares() && (g.keys != nil || g.exact != nil || r.matches(p)) {
		t.spool = r.newStore()
	}
	r.refer(p)
	return t
}

// writes tells that a plan gets a clean artifact: it has rows, or no plan of the file has any and it is the first.
func (r *run) writes(i int) bool {
	return r.came[i] > 0 || i == 0 && !slices.ContainsFunc(r.came, func(n int64) bool { return n > 0 })
}

// groupOf returns the records that those of a plan are compared with.
func (w *work) groupOf(p *plan.Plan) *group {
	g := w.groups[p.Entity.Name]
	if g == nil {
		g = &group{entity: p.Entity.Name, changes: map[int64]*change{}}
		w.groups[g.entity] = g
	}
	if !w.compares() {
		return g
	}
	storage := func() (dedup.Storage, error) { return w.newStore(), nil }
	if w.job.VerifyDuplicates {
		if g.exact == nil {
			g.exact = dedup.NewKeys(storage)
		}
	} else if g.set == nil {
		g.set = dedup.NewSet(w.limits.DedupMemory, storage)
		g.set.Reserve(w.rowsOf(g.entity))
	}
	if g.keys == nil && cross.NewKeys(p) != nil {
		g.keys = dedup.NewKeys(storage)
	}
	if g.growth == nil && cross.NewGrowthKeys(p) != nil {
		g.growth = dedup.NewKeys(storage)
	}
	return g
}

// rowsOf is how many rows of an entity all files have that were weighed.
func (w *work) rowsOf(entity string) (n int64) {
	for _, r := range w.runs {
		for i, came := range r.came {
			if r.reading.plans[i].Entity.Name == entity {
				n += came
			}
		}
	}
	return n
}

// primary is the target that owns clean.*: the first with rows, else the first.
func (r *run) primary() *target {
	for i, t := range r.targets {
		if r.came[i] > 0 {
			return t
		}
	}
	return r.targets[0]
}

// cleanOf returns the clean artifact of a target, opened with its header.
func (r *run) cleanOf(t *target) (*artifact, error) {
	if t.clean != nil {
		return t.clean, nil
	}
	if t.name == "" {
		t.name = r.cleanName(t)
	}
	t.clean = r.artifact(CleanArtifact, t.name)
	return t.clean, t.clean.write(encode.New(t.plan, nil, r.encodeOptions(t.index)).Header())
}

// cleanName names the clean artifact of a target. Of several files each is named by its entity, further ones of an entity by a number
// too.
func (r *run) cleanName(t *target) string {
	name := "clean."
	if r.several() {
		name += t.entity + "."
		r.names[t.entity]++
		if n := r.names[t.entity]; n > 1 {
			name += strconv.Itoa(n) + "."
		}
	}
	if !r.several() && t != r.primary() {
		name += t.entity + "."
	}
	return name + r.job.Format.Extension()
}

// late tells that the records of a target are sent after they have been compared: because any of them may still leave or change, or
// because an amendment names a record by its number and one of several with that number may.
func (r *run) late(t *target) bool {
	return t.keys != nil && (r.job.Policy == cross.MostComplete || r.job.Policy == cross.Merge || t.plan.SharesNumbers()) ||
		r.matches(t.plan)
}

// matches tells that the records of a plan are matched (rule DED-5).
func (w *work) matches(p *plan.Plan) bool {
	return w.job.Match && w.compares() && p.Entity.Name == "patient"
}
