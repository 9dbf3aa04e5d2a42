package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// beforeBirth is rule VAL-DATE-2 within a record; across records it needs the patients of all files.
var beforeBirth = &RecordRule{
	Entities: []string{"patient", "imaging_study"},
	Fields:   []string{"birth_date", "death_date", "patient_birth_date", "study_datetime"},
	Bind: func(f *File, _ *Params) func(*Row) {
		birth, event := 0, 1
		if f.Entity == "imaging_study" {
			birth, event = 2, 3
		}
		return func(r *Row) {
			if later(r.Usable(birth), r.Usable(event)) {
				r.Note(event, "VAL-DATE-2", record.Error, "before the birth date")
			}
		}
	},
}

// deathDate is rule VAL-DATE-3 within a record: someone is dead, but since when?
var deathDate = &RecordRule{
	Entities: []string{"patient"},
	Fields:   []string{"deceased", "death_date"},
	Needs:    []int{0},
	Bind: func(*File, *Params) func(*Row) {
		return func(r *Row) {
			if string(r.Usable(0)) == "true" && r.Text(1) == nil {
				r.Note(0, "VAL-DATE-3", record.Information, "deceased without a date of death")
			}
		}
	},
}

// periods are the fields of each entity of which the first must not be later than the second.
var periods = map[string][2]int{"lab_result": {0, 1}, "medication": {2, 3}, "encounter": {4, 5}, "condition": {6, 7}}

// startAfterEnd is rule VAL-DATE-4.
var startAfterEnd = &RecordRule{
	Entities: []string{"lab_result", "medication", "encounter", "condition"},
	Fields: []string{"effective_datetime", "result_datetime", "start_date", "end_date", "start_datetime", "end_datetime",
		"onset_date", "abatement_date"},
	Bind: func(f *File, _ *Params) func(*Row) {
		period := periods[f.Entity]
		start, end := period[0], period[1]
		return func(r *Row) {
			if later(r.Usable(start), r.Usable(end)) {
				r.Note(start, "VAL-DATE-4", record.Error, "after the end; both kept")
			}
		}
	},
}

const dayLength = len("2006-01-02")

// later tells that one date is after another at the precision they share. Times count only if both or neither have an offset.
func later(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	shared := min(len(a), len(b))
	if shared <= dayLength {
		return bytes.Compare(a[:shared], b[:shared]) > 0
	}
	switch zoned, other := hasOffset(a), hasOffset(b); {
	case zoned && other:
		return laterInstant(a, b)
	case zoned || other:
		shared = dayLength
	}
	return bytes.Compare(a[:shared], b[:shared]) > 0
}

// hasOffset tells that a dateTime of rule STD-DATE-1 ends in Z or ±hh:mm.
func hasOffset(text []byte) bool {
	n := len(text)
	return text[n-1] == 'Z' || text[n-6] == '+' || text[n-6] == '-'
}

func laterInstant(a, b []byte) bool {
	var x, y calendar.Reading
	if !calendar.Parse(a, &x) || !calendar.Parse(b, &y) {
		return false
	}
	if s, t := instant(&x.Moment), instant(&y.Moment); s != t {
		return s > t
	}
	shared := min(len(x.Clock.Fraction), len(y.Clock.Fraction))
	return bytes.Compare(x.Clock.Fraction[:shared], y.Clock.Fraction[:shared]) > 0
}

// instant returns the whole seconds since 1970-01-01T00:00:00Z.
func instant(m *calendar.Moment) int {
	c := &m.Clock
	minutes := calendar.Days(m.Year, m.Month, m.Day)*1440 + int(c.Hour)*60 + int(c.Minute) - m.Zone.Minutes()
	return minutes*60 + int(c.Second)
}
