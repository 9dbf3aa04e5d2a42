package rule

import (
	"math"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// ageAtEvent is rule VAL-AGE-1 where a record has an age, a birth date and the date of an event, as imaging studies may.
var ageAtEvent = &RecordRule{
	Entities: []string{"imaging_study"},
	Fields:   []string{"patient_age", "patient_birth_date", "study_datetime"},
	Needs:    []int{0, 1, 2},
	Bind: func(*File, *Params) func(*Row) {
		var birth, event calendar.Reading
		return func(r *Row) {
			text, from, to := r.Usable(0), r.Usable(1), r.Usable(2)
			if text == nil || from == nil || to == nil {
				return
			}
			a, ok := parseAge(text)
			if !ok || !readCanonical(from, &birth) || !readCanonical(to, &event) {
				return
			}
			if math.Abs(a.days()-elapsed(&birth.Moment, &event.Moment)) > daysOfYear+2 { // two days for leap years
				r.Note(0, "VAL-AGE-1", record.Warning, "more than a year from the age by the birth date")
			}
		}
	},
}

// readCanonical reads a date that the date rules wrote.
func readCanonical(text []byte, r *calendar.Reading) bool {
	if len(text) == len("2006") && isDigits(text) {
		*r = calendar.Reading{Moment: calendar.Moment{Year: calendar.Small(text)}}
		return true
	}
	return calendar.Parse(text, r) && r.Kind == calendar.Fixed
}

// elapsed is about how many days there are between two dates, at the precision they share.
func elapsed(from, to *calendar.Moment) float64 {
	switch {
	case from.Month == 0 || to.Month == 0:
		return float64(to.Year-from.Year) * daysOfYear
	case from.Day == 0 || to.Day == 0:
		return float64((to.Year-from.Year)*12+to.Month-from.Month) * daysOfYear / 12
	}
	return float64(to.FirstDay() - from.FirstDay())
}
