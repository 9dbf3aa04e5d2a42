package rule

import (
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// checkRecord runs a record rule over one record; fields are "name=text", kept ones "name!text". It returns "field rule severity".
func checkRecord(r *RecordRule, entity string, fields ...string) []string {
	slots, row := make([]int, len(r.Fields)), make([][]*record.Value, 0)
	for i, name := range r.Fields {
		slots[i] = -1
		for _, f := range fields {
			at := strings.IndexAny(f, "=!")
			if f[:at] != name {
				continue
			}
			v := &record.Value{Text: []byte(f[at+1:]), Outcome: record.OK}
			if f[at] == '!' {
				v.Outcome = record.Kept
			}
			slots[i] = len(row)
			row = append(row, []*record.Value{v})
		}
	}
	var arena Arena
	var found []string
	for _, f := range NewRowRunner(r, &File{Entity: entity}, params(), slots, &arena).Run(row, 0, -1) {
		found = append(found, r.Fields[f.Field]+" "+f.Finding.Rule+" "+letter(f.Finding.Severity))
	}
	return found
}

func TestDateRecordRules(t *testing.T) {
	cases := []struct {
		rule   *RecordRule
		entity string
		fields string
		want   string
	}{
		{beforeBirth, "patient", "birth_date=1957-09-09 death_date=1950-01-01", "death_date VAL-DATE-2 E"},
		{beforeBirth, "patient", "birth_date=1957 death_date=1957-01-01T10:00:00", ""},
		{beforeBirth, "patient", "birth_date=1957-02 death_date=1957-01-01", "death_date VAL-DATE-2 E"},
		{beforeBirth, "patient", "birth_date=1957-09-09 death_date!1950", ""},
		{beforeBirth, "patient", "birth_date=1957-09-09", ""},
		{beforeBirth, "imaging_study", "patient_birth_date=1957-09-09 study_datetime=1950-01-01", "study_datetime VAL-DATE-2 E"},
		{deathDate, "patient", "deceased=true", "deceased VAL-DATE-3 I"},
		{deathDate, "patient", "deceased=true death_date=2020-01-01", ""},
		{deathDate, "patient", "deceased=true death_date!soon", ""},
		{deathDate, "patient", "deceased=false", ""},
		{startAfterEnd, "medication", "start_date=2025-05-31 end_date=2025-02-15", "start_date VAL-DATE-4 E"},
		{startAfterEnd, "medication", "start_date=2025-05-31 end_date=2025-05", ""},
		{startAfterEnd, "medication", "start_date=2025-06-01 end_date=2025-05", "start_date VAL-DATE-4 E"},
		{startAfterEnd, "medication", "start_date=2025-05-31T10:00:00 end_date=2025-05-31", ""},
		{startAfterEnd, "medication", "start_date!31.5. end_date=2025-02-15", ""},
		{startAfterEnd, "lab_result", "effective_datetime=2025-05-31T10:00:01 result_datetime=2025-05-31T10:00:00", "effective_datetime VAL-DATE-4 E"},
		{startAfterEnd, "lab_result", "effective_datetime=2025-05-31T10:00:01Z result_datetime=2025-05-31T10:00:00", ""},
		{startAfterEnd, "lab_result", "effective_datetime=2025-06-01T10:00:00Z result_datetime=2025-05-31T10:00:00", "effective_datetime VAL-DATE-4 E"},
		{startAfterEnd, "encounter", "start_datetime=2025-05-31T23:30:00-05:00 end_datetime=2025-06-01T04:00:00Z", "start_datetime VAL-DATE-4 E"},
		{startAfterEnd, "encounter", "start_datetime=2025-06-01T01:00:00+02:00 end_datetime=2025-05-31T23:30:00Z", ""},
		{startAfterEnd, "encounter", "start_datetime=2025-06-01T01:00:00.5Z end_datetime=2025-06-01T01:00:00Z", ""},
		{startAfterEnd, "encounter", "start_datetime=2025-06-01T01:00:00.5Z end_datetime=2025-06-01T02:00:00.25+01:00", "start_datetime VAL-DATE-4 E"},
		{startAfterEnd, "condition", "onset_date=2020 abatement_date=2019-12-31", "onset_date VAL-DATE-4 E"},
		{ageAtEvent, "imaging_study", "patient_age=045Y patient_birth_date=1979-03-01 study_datetime=2024-03-05", ""},
		{ageAtEvent, "imaging_study", "patient_age=045Y patient_birth_date=1978-03-06 study_datetime=2024-03-05", ""},
		{ageAtEvent, "imaging_study", "patient_age=045Y patient_birth_date=1957-09-09 study_datetime=2024-03-05", "patient_age VAL-AGE-1 W"},
		{ageAtEvent, "imaging_study", "patient_age=018M patient_birth_date=2022-09 study_datetime=2024-03-05T10:00:00", ""},
		{ageAtEvent, "imaging_study", "patient_age=045Y patient_birth_date=1979 study_datetime=2024-03-05", ""},
		{ageAtEvent, "imaging_study", "patient_age!old patient_birth_date=1957-09-09 study_datetime=2024-03-05", ""},
	}
	for _, c := range cases {
		got := checkRecord(c.rule, c.entity, strings.Fields(c.fields)...)
		if !slices.Equal(got, slices.DeleteFunc([]string{c.want}, func(s string) bool { return s == "" })) {
			t.Errorf("%s %s: got %q, want %q", c.entity, c.fields, got, c.want)
		}
	}
}

func TestDateRecordRulesDoNotAllocate(t *testing.T) {
	v := func(s string) []*record.Value {
		return []*record.Value{{Text: []byte(s), Outcome: record.OK}}
	}
	var arena Arena
	run := NewRowRunner(startAfterEnd, &File{Entity: "medication"}, params(), []int{-1, -1, 0, 1, -1, -1, -1, -1}, &arena)
	columns := [][]*record.Value{v("2025-05-31T10:00:00Z"), v("2025-05-31T11:00:00Z")}
	if n := testing.AllocsPerRun(100, func() { run.Run(columns, 0, -1) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
