// Package deid applies the Safe Harbor method of 45 CFR 164.514(b)(2) to standardized records: rules DEID-1 to DEID-4. Which field is
// treated how stands with the fields, in package entity.
//
// Source: 45 CFR 164.514(b)(2); guidance of the HHS Office for Civil Rights, 2012.
package deid

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Label is what an output may be called. Whether a person can still be recognized in it is for people to judge (rule DEID-1).
const Label = "Safe Harbor transform applied"

// Check returns an error where the transform has no meaning: it needs values that were standardized, and comes after records have been
// compared (rule 0.1).
func Check(o plan.Operation) error {
	if o == plan.Harmonize || o == plan.Validate {
		return nil
	}
	return fault.New(fault.Invalid, "DEIDENTIFY_OPERATION", "deidentify goes with the operations harmonize and validate only")
}

// Transform changes the tables of one plan, for one worker. Not safe for concurrent use.
type Transform struct {
	plan   *plan.Plan
	worker *plan.Worker
	names  *pseudonyms
	ages   ages
	steps  []step
	slab   slab
	ids    map[counterKey]int32
}

// step is what happens to the values of a slot.
type step struct {
	slot  int
	treat treatment
	// empty tells that it looks at values that are null, too.
	empty bool
}

// treatment returns the text in place of a value of a record, nil for null, and why; no reason: the value stays.
type treatment func(t *plan.Table, i int, v *record.Value) ([]byte, *reason)

// reason is a finding of information; its message is constant (rule 0.4).
type reason struct{ rule, message string }

type counterKey struct {
	slot    int
	variant uint8
	reason  *reason
}

// New makes a transform for a plan that was compiled with Deidentify; it counts in the worker's counters.
func New(p *plan.Plan, w *plan.Worker, key Key) *Transform {
	d := &Transform{plan: p, worker: w, names: newPseudonyms(key), ids: map[counterKey]int32{}}
	d.ages = newAges(p)
	seen := map[int]bool{}
	for _, columns := range [][]plan.Out{p.Layout, p.Written} {
		for _, out := range columns {
			if out.Slot < 0 || out.Kind == entity.OutSource || seen[out.Slot] {
				continue
			}
			seen[out.Slot] = true
			d.steps = append(d.steps, d.step(out))
		}
	}
	return d
}

// step chooses what happens to a column. What is no field of the entity is dropped.
func (d *Transform) step(out plan.Out) step {
	s := step{slot: out.Slot, treat: drop(columnDropped)}
	if out.Kind != entity.OutField && out.Kind != entity.OutDerived {
		return s
	}
	f := &d.plan.Entity.Fields[out.Field]
	how, of := f.Treatment()
	switch how {
	case entity.Stays:
		s.treat = stays
		if f.Type == "decimal" || f.Type == "int" {
			s.treat = staysNumber
		}
	case entity.StaysNumber:
		s.treat = staysNumber
	case entity.StaysRead:
		s.treat = d.staysRead(f, of)
	case entity.StaysMark:
		s.treat = d.staysMark
	case entity.Removed:
		s.treat = drop(removed)
	case entity.RemovedText:
		s.treat = drop(textDropped)
	case entity.Pseudonym:
		s.treat = d.pseudonym(of[0])
	case entity.PseudonymUID:
		s.treat = d.uid
	case entity.YearOnly:
		s.treat = d.year
	case entity.YearOfBirth:
		s.treat = d.yearOfBirth
	case entity.TopCoded:
		s.treat, s.empty = d.topCode(f), !f.Derived()
	case entity.ZIPPrefix:
		s.treat = d.zip
	}
	if f.Derived() && how != entity.StaysMark {
		s.treat = d.unlessCarried(s.treat)
	}
	return s
}

// Apply replaces the values of a table. What it puts there lasts until the next call.
func (d *Transform) Apply(t *plan.Table) {
	d.slab.reset()
	d.ages.find(t)
	for k := range d.steps {
		s := &d.steps[k]
		for i, v := range t.Values[s.slot] {
			if v.Text == nil && !s.empty {
				continue
			}
			if text, why := s.treat(t, i, v); why != nil {
				t.Put(s.slot, i, d.replace(t, i, s.slot, v, text, why))
			}
		}
	}
}

// replace makes the value that takes the place of another. It keeps the findings: what was wrong with the source is still told.
func (d *Transform) replace(t *plan.Table, i, slot int, v *record.Value, text []byte, why *reason) *record.Value {
	f := record.Finding{Rule: why.rule, Severity: record.Information, Outcome: record.Changed, Message: why.message}
	to := d.slab.value()
	*to = record.Value{Text: text, Clean: text, Outcome: record.Changed, Differs: true, Worst: max(v.Worst, record.Information)}
	if text == nil {
		f.Outcome, to.Outcome, to.Absent = record.Nulled, record.Nulled, record.Masked
	}
	f.Counter = d.counter(t, i, slot, f, why)
	to.Findings = append(append(d.slab.findings(len(v.Findings)+1), v.Findings...), f)
	to.Sum()
	return to
}

func (d *Transform) counter(t *plan.Table, i, slot int, f record.Finding, why *reason) int32 {
	key := counterKey{slot, t.Refs[i].Variant, why}
	id, ok := d.ids[key]
	if !ok {
		id = d.worker.Counters.Intern(d.worker.Counters.Column(t.Column(slot, i)), f)
		d.ids[key] = id
	}
	return id
}
