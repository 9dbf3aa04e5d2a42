package rule

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// eventsOf are the dates of each entity that are compared with the patient's birth and death (rules VAL-DATE-2 and VAL-DATE-3), and
// with the encounter (rule VAL-DATE-5).
var eventsOf = map[string]struct{ birth, death, encounter []string }{
	"lab_result":    {[]string{"effective_datetime"}, []string{"effective_datetime"}, []string{"effective_datetime"}},
	"vital":         {[]string{"effective_datetime"}, []string{"effective_datetime"}, []string{"effective_datetime"}},
	"medication":    {birth: []string{"start_date"}},
	"imaging_study": {birth: []string{"study_datetime"}, death: []string{"study_datetime"}},
	"encounter":     {birth: []string{"start_datetime"}, death: []string{"start_datetime"}},
	"condition": {birth: []string{"onset_date", "abatement_date", "recorded_date"},
		death: []string{"onset_date", "abatement_date", "recorded_date"}},
}

// referenceFields are those that the rule reads; the first are patient, encounter and the birth date in the record itself.
var referenceFields = []string{"patient_id", "encounter_id", "patient_birth_date", "effective_datetime", "start_date", "study_datetime",
	"start_datetime", "onset_date", "abatement_date", "recorded_date"}

const (
	daysAfterDeath   = 60 // of rule VAL-DATE-3
	daysBesideOfStay = 7  // of rule VAL-DATE-5
)

// referenceCheck is rule VAL-REF-1, and rules VAL-DATE-2, VAL-DATE-3 and VAL-DATE-5 between the files of a job. The dates of a patient
// count only when one record has the identifier.
var referenceCheck = &RecordRule{
	Entities: []string{"lab_result", "vital", "medication", "imaging_study", "encounter", "condition"},
	Fields:   referenceFields,
	Bind: func(f *File, _ *Params) func(*Row) {
		refs := f.References
		if refs == nil || refs.patients == nil && refs.encounters == nil {
			return nil
		}
		c := &referenceChecker{refs: refs, own: f.Entity == "encounter"}
		events := eventsOf[f.Entity]
		for i, field := range referenceFields {
			if slices.Contains(events.birth, field) {
				c.birth = append(c.birth, i)
			}
			if slices.Contains(events.death, field) {
				c.death = append(c.death, i)
			}
			if slices.Contains(events.encounter, field) {
				c.stay = append(c.stay, i)
			}
		}
		return c.check
	},
}

// referenceChecker holds the fields of one entity by their positions.
type referenceChecker struct {
	refs               *References
	own                bool // records are encounters themselves
	birth, death, stay []int
}

func (c *referenceChecker) check(r *Row) {
	if id := r.Text(0); id != nil && c.refs.patients != nil {
		patient, ok := find(c.refs.patients, id)
		if !ok {
			r.Note(0, "VAL-REF-1", record.Warning, "no patient of this job has the identifier")
		} else if !patient.several {
			c.checkLife(r, &patient)
		}
	}
	if id := r.Text(1); id != nil && c.refs.encounters != nil && !c.own {
		stay, ok := find(c.refs.encounters, id)
		if !ok {
			r.Note(1, "VAL-REF-1", record.Warning, "no encounter of this job has the identifier")
		} else if !stay.several {
			c.checkStay(r, &stay)
		}
	}
}

func (c *referenceChecker) checkLife(r *Row, patient *known) {
	born, died := patient.dates[0].bytes(), patient.dates[1].bytes()
	for _, i := range c.birth {
		if event := r.Usable(i); later(born, cut(event)) && !later(r.Usable(2), event) {
			r.Note(i, "VAL-DATE-2", record.Error, "before the birth date of the patient")
		}
	}
	end, dead := lastDay(died)
	for _, i := range c.death {
		if day, ok := firstDay(r.Usable(i)); ok && dead && day > end+daysAfterDeath {
			r.Note(i, "VAL-DATE-3", record.Warning, "more than 60 days after the death of the patient")
		}
	}
}

func (c *referenceChecker) checkStay(r *Row, stay *known) {
	start, hasStart := firstDay(stay.dates[0].bytes())
	end, hasEnd := lastDay(stay.dates[1].bytes())
	for _, i := range c.stay {
		first, ok := firstDay(r.Usable(i))
		last, _ := lastDay(r.Usable(i))
		if ok && (hasStart && last < start-daysBesideOfStay || hasEnd && first > end+daysBesideOfStay) {
			r.Note(i, "VAL-DATE-5", record.Warning, "more than 7 days outside its encounter")
		}
	}
}
