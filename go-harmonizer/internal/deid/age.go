package deid

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// oldest is the highest age that is told (rule DEID-3).
const oldest = 89

// ages finds the records of persons above 89.
type ages struct {
	born, age, value, unit int // slots, -1: the file has none
	asOf                   int // year
	above                  []bool
	buf                    []byte
}

func newAges(p *plan.Plan) ages {
	a := ages{born: -1, age: -1, value: p.Slot("age_value"), unit: p.Slot("age_unit"), asOf: p.Settings.Params.AsOf.Year}
	for i := range p.Entity.Fields {
		f := &p.Entity.Fields[i]
		switch how, _ := f.Treatment(); {
		case how == entity.YearOfBirth:
			a.born = p.Slot(f.Name)
		case how == entity.TopCoded && !f.Derived():
			a.age = p.Slot(f.Name)
		}
	}
	return a
}

// find marks the records of a table. The year alone decides, because the year is what would be told: who turns 90 in the year of as_of
// counts as above 89.
func (a *ages) find(t *plan.Table) {
	a.above = a.above[:0]
	for i := range t.Refs {
		a.above = append(a.above, a.bornLongAgo(t, i) || a.isAbove(t, i))
	}
}

func (a *ages) bornLongAgo(t *plan.Table, i int) bool {
	if a.born < 0 {
		return false
	}
	year, ok := yearOf(t.Values[a.born][i])
	return ok && a.asOf-calendar.Small(year) > oldest
}

func (a *ages) isAbove(t *plan.Table, i int) bool {
	if a.age >= 0 {
		if v := t.Values[a.age][i]; v.Text != nil {
			above, _ := rule.IsAbove89(v.Text)
			return above && v.Outcome != record.Kept
		}
	}
	if a.value < 0 || a.unit < 0 {
		return false
	}
	a.buf = append(append(append(a.buf[:0], t.Values[a.value][i].Text...), ' '), t.Values[a.unit][i].Text...)
	above, _ := rule.IsAbove89(a.buf)
	return above
}

// yearOf returns the four digits of the year of a date that was read.
func yearOf(v *record.Value) (year []byte, ok bool) {
	text := v.Text
	if v.Outcome == record.Kept || len(text) < 4 || len(text) > 4 && text[4] != '-' {
		return nil, false
	}
	for _, c := range text[:4] {
		if c < '0' || c > '9' {
			return nil, false
		}
	}
	return text[:4:4], true
}

func (d *Transform) year(_ *plan.Table, _ int, v *record.Value) ([]byte, *reason) {
	year, ok := yearOf(v)
	switch {
	case !ok:
		return nil, unread
	case len(v.Text) == 4:
		return v.Text, nil
	}
	return year, yearOnly
}

func (d *Transform) yearOfBirth(t *plan.Table, i int, v *record.Value) ([]byte, *reason) {
	if _, ok := yearOf(v); ok && d.ages.above[i] {
		return nil, birthRemoved
	}
	return d.year(t, i, v)
}

var ninety = []byte("90+")

// topCode is for an age and what is derived from it.
func (d *Transform) topCode(f *entity.Field) treatment {
	if f.Derived() {
		return func(t *plan.Table, i int, v *record.Value) ([]byte, *reason) {
			if d.ages.above[i] {
				return nil, ageRemoved
			}
			return stays(t, i, v)
		}
	}
	return func(t *plan.Table, i int, v *record.Value) ([]byte, *reason) {
		switch _, ok := rule.IsAbove89(v.Text); {
		case d.ages.above[i] && string(v.Text) == string(ninety), v.Text == nil && !d.ages.above[i]:
			return v.Text, nil
		case d.ages.above[i]:
			return ninety, aboveNinety
		case v.Outcome == record.Kept || !ok:
			return nil, unread
		}
		return v.Text, nil
	}
}
