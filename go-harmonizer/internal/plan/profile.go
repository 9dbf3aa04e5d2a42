package plan

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/profile"
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

// prepare makes the profiles of the output's columns; only those that are there are filled.
func (s *Stats) prepare(p *Plan) {
	s.Profiles = make([]*profile.Column, len(p.slots))
	for i := range p.Layout {
		if o := &p.Layout[i]; o.Profiled() {
			s.Profiles[o.Slot] = profile.New(p.shows(o))
		}
	}
}

// count adds the values of a slot to its counts and its profile.
func (s *Stats) count(t *Table, slot int) {
	counts, p := &s.Slots[slot], s.Profiles[slot]
	for i, v := range t.Values[slot] {
		counts.count(v)
		switch {
		case p == nil || v.Text == nil:
		case v.Seen > 0:
			v.Seen++
		default:
			p.Add(v, t.Raw(slot, i))
		}
	}
}

// ProfileAt returns the profile of a slot, nil when it has none.
func (s *Stats) ProfileAt(slot int) *profile.Column {
	if slot < 0 || slot >= len(s.Profiles) {
		return nil
	}
	return s.Profiles[slot]
}

// settle adds up the profiles before remembered values are given up.
func (s *Stats) settle() {
	for _, p := range s.Profiles {
		if p != nil {
			p.Settle()
		}
	}
}

func (s *Stats) mergeProfiles(other *Stats) {
	if s.Profiles == nil {
		s.Profiles = make([]*profile.Column, len(other.Profiles))
	}
	for i, p := range other.Profiles {
		if p == nil {
			continue
		}
		if s.Profiles[i] == nil {
			s.Profiles[i] = p.Empty()
		}
		s.Profiles[i].Merge(p)
	}
}
