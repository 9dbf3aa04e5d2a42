package plan

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/profile"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// wordCodes are the fields of codes whose values come from a short list and say nothing of who the patient is. Those of places, of
// tests, drugs and conditions are no such.
var wordCodes = []string{"unit", "age_unit", "dose_unit", "dose_denominator_unit", "language", "timing_code", "timing_period_unit",
	"timing_when"}

// ages may tell who is meant: those above 89 are as identifying as a full date (45 CFR 164.514(b)(2)(i)(C)).
var ages = []string{"age", "age_value", "patient_age"}

// lateFields are filled when records have been compared, after they were counted.
var lateFields = []string{"collision_group", "superseded_by"}

// shows decides what the profile of a column tells beside shapes (rule DQ-4). Only what a rule has read may be told: what passes
// through or is carried, and everything after the operation clean, may hold anything.
func (p *Plan) shows(o *Out) profile.Show {
	if p.Settings.Operation == Clean || p.Settings.Deidentify || o.Kind == entity.OutPass {
		return profile.Shapes
	}
	f := &p.Entity.Fields[o.Field]
	if read := o.Kind == entity.OutField && len(p.slots[o.Slot].chain) > 0; !read && !p.slots[o.Slot].passive {
		return profile.Shapes
	}
	switch f.Type {
	case "enum", "enum_list", "bool":
		if f.Name == "race" || f.Name == "ethnicity" {
			return profile.Outputs // Their rules look for words within the text.
		}
		return profile.Words
	case "code":
		if slices.Contains(wordCodes, f.Name) {
			return profile.Words
		}
	case "decimal", "int":
		if !slices.Contains(ages, f.Name) {
			return profile.Numbers
		}
	case "date", "datetime":
		return profile.Years
	}
	if p.Entity.Name == "vital" && f.Name == "value" {
		return profile.Numbers
	}
	return profile.Shapes
}

// Profiled tells that a column of the output has a profile.
func (o *Out) Profiled() bool {
	switch o.Kind {
	case entity.OutField, entity.OutDerived, entity.OutPass:
		return !slices.Contains(lateFields, o.Name) || o.Kind == entity.OutPass
	}
	return false
}

// prepare makes what the slots are counted by; those that are no columns of the output have a profile that tells nothing.
func (s *Stats) prepare(p *Plan, counters *rule.Counters) {
	s.Profiles, s.counters = make([]*profile.Column, len(p.slots)), counters
	s.grow(len(p.slots))
	for i := range p.Layout {
		if o := &p.Layout[i]; o.Profiled() {
			s.Profiles[o.Slot] = profile.New(p.shows(o))
		}
	}
	for i := range s.Profiles {
		if s.Profiles[i] == nil {
			s.Profiles[i] = profile.New(profile.Nothing)
		}
		s.Profiles[i].Settled = func(v *record.Value, n int64) { s.countMany(i, v, n) }
	}
}

// countMany counts n records that have a value in a slot.
func (s *Stats) countMany(slot int, v *record.Value, n int64) {
	s.Slots[slot].count(v, n)
	s.counters.Tally(v.Tally, n)
}

// count adds the values of a slot to its counts and its profile, and sums their traits up. A remembered value that was met before
// only counts its records.
func (s *Stats) count(t *Table, slot int) (all record.Traits) {
	nulls := int64(0)
	for i, v := range t.Values[slot] {
		all |= v.Traits
		switch {
		case v.Seen > 0:
			v.Seen++
		case v == record.Null:
			nulls++
		default:
			s.meet(t, slot, i, v)
		}
	}
	s.Slots[slot].count(record.Null, nulls)
	return all
}

func (s *Stats) meet(t *Table, slot, i int, v *record.Value) {
	if !v.Remembered {
		s.countMany(slot, v, 1)
	}
	s.Profiles[slot].Add(v, t.Raw(slot, i))
}

// ProfileAt returns the profile of a slot, nil when it has none.
func (s *Stats) ProfileAt(slot int) *profile.Column {
	if slot < 0 || slot >= len(s.Profiles) || !s.Profiles[slot].Tells() {
		return nil
	}
	return s.Profiles[slot]
}

// settle adds up what remembered values count themselves, before they are given up.
func (s *Stats) settle() {
	s.settled = s.Records
	for _, p := range s.Profiles {
		p.Settle()
	}
}

func (s *Stats) mergeProfiles(other *Stats) {
	if s.Profiles == nil {
		s.Profiles = make([]*profile.Column, len(other.Profiles))
	}
	for i, p := range other.Profiles {
		if s.Profiles[i] == nil {
			s.Profiles[i] = p.Empty()
		}
		s.Profiles[i].Merge(p)
	}
}
