package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// oneOf is rule VAL-REQ-1 for the groups of which a record must have one: the fields of a group, all groups in one row, because no
// entity has fields of two.
var oneOf = RecordRule{
	Entities: []string{"lab_result", "imaging_study", "condition"},
	Fields:   []string{"test_name", "loinc_code", "local_code", "study_instance_uid", "accession_number", "code", "description"},
	Bind: func(*File, *Params) func(*Row) {
		return func(r *Row) {
			first := -1
			for i := range r.Fields() {
				if r.Text(i) != nil {
					return
				}
				if first < 0 && r.Has(i) {
					first = i
				}
			}
			if first >= 0 {
				r.Note(first, "VAL-REQ-1", record.Error, "none of the fields has a value of which one is required")
			}
		}
	},
}
