package pipeline

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/dedup"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// newTarget opens the way out of one plan.
func (r *run) newTarget(i int, p *plan.Plan) *target {
	t := &target{index: i, plan: p, changes: map[int64]*change{}}
	if !r.compares(p) {
		return t
	}
	storage := func() (dedup.Storage, error) { return r.newStore(), nil }
	t.set = dedup.NewSet(r.limits.DedupMemory, storage)
	if cross.NewKeys(p) != nil {
		t.keys = dedup.NewKeys(storage)
		t.spool = r.newStore()
	}
	if cross.NewGrowthKeys(p) != nil {
		t.growth = dedup.NewKeys(storage)
	}
	if r.job.VerifyDuplicates {
		t.exact = dedup.NewKeys(storage)
		if t.spool == nil {
			t.spool = r.newStore()
		}
	}
	return t
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
	name := "clean." + r.job.Format.Extension()
	if t != r.primary() {
		name = "clean." + t.plan.Entity.Name + "." + r.job.Format.Extension()
	}
	t.clean = r.artifact(CleanArtifact, name)
	return t.clean, t.clean.write(encode.New(t.plan, nil, r.encodeOptions(t.index)).Header())
}

// late tells that the records of a target are sent after they have been compared: because any of them may still leave, or because an
// amendment names a record by its number and one of several with that number may.
func (r *run) late(t *target) bool {
	return t.keys != nil && (r.job.Policy == cross.MostComplete || t.plan.SharesNumbers())
}
