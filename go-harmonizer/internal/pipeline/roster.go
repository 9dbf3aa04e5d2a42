package pipeline

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// newRoster reads what other files refer to; nil: nothing is checked, or nobody refers to the plan's records.
func (r *run) newRoster(p *plan.Plan) *rule.Roster {
	if r.refs == nil || !r.several() {
		return nil
	}
	return rule.NewRoster(p.Entity.Name, p.Slot)
}

// refer lets the records of a plan refer to those of all files of the job.
func (r *run) refer(p *plan.Plan) {
	if r.refs != nil && r.several() {
		r.refs.Load(p.Entity.Name)
		p.File.References = r.refs
	}
}

// enroll takes what others refer to.
func (r *run) enroll(t *target, entries []rule.Entry, b *encode.Block) error {
	for i, e := range entries {
		if err := r.refs.Add(t.entity, e, b.Hashes[i].Lo); err != nil {
			return err
		}
	}
	return nil
}
