package pipeline

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// personFields are the fields that matching reads.
var personFields = [...]string{"first_name", "last_name", "suffix", "birth_date", "gender", "mrn", "ssn", "address_line1", "city", "state",
	"postal_code", "phone"}

// personOf returns what matching reads of a record.
func personOf(t *plan.Table, i int) match.Person {
	var texts [len(personFields)]string
	valid := false
	for f, name := range personFields {
		slot := t.Plan.Slot(name)
		if slot < 0 {
			continue
		}
		v := t.Values[slot][i]
		texts[f] = string(v.Text)
		if name == "ssn" {
			valid = v.Text != nil && v.Outcome != record.Kept && v.Worst < record.Warning
		}
	}
	return match.Person{First: texts[0], Last: texts[1], Suffix: texts[2], Birth: texts[3], Sex: texts[4], MRN: texts[5], SSN: texts[6],
		Address: texts[7], City: texts[8], State: texts[9], Zip: texts[10], Phone: texts[11], SSNValid: valid}
}
