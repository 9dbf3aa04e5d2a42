package deid

import (
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// one case is one field of one record, with other fields as name=text.
type one struct {
	entity, field, text, others, want, rule string
}

// Every example of DEID-1 to DEID-4, and the edges of each.
var cases = []one{
	{"patient", "first_name", "Ann", "", "null", "DEID-1"},
	{"patient", "full_name", "Ann Smith", "", "null", "DEID-1"},
	{"patient", "ssn", "123-45-6789", "", "null", "DEID-1"},
	{"patient", "ssn", "nobody knows", "", "null", "DEID-1"},
	{"patient", "city", "Boston", "", "null", "DEID-1"},
	{"patient", "state", "Massachusetts", "", "MA", ""},
	{"patient", "state", "Ann's state", "", "null", "DEID-1"},
	{"patient", "gender", "F", "", "female", ""},
	{"patient", "gender", "Ann Smith", "", "null", "DEID-1"},
	{"patient", "favourite_color", "blue", "", "dropped", ""},
	{"patient", "birth_date", "1957-09-09", "", "1957", "DEID-2"},
	{"patient", "birth_date", "1957", "", "1957", ""},
	{"patient", "birth_date", "09.09.57 or so", "", "null", "DEID-1"},
	{"patient", "birth_date", "1930-01-01", "", "null", "DEID-3"},
	{"patient", "birth_date", "1936-12-31", "", "null", "DEID-3"},
	{"patient", "birth_date", "1937-01-01", "", "1937", "DEID-2"},
	{"patient", "birth_date", "1957-09-09", "age=93", "null", "DEID-3"},
	{"patient", "age", "", "birth_date=1930-01-01", "90+", "DEID-3"},
	{"patient", "age", "96", "birth_date=1930-01-01", "90+", "DEID-3"},
	{"patient", "age", "89", "", "89", ""},
	{"patient", "age", "90", "", "90+", "DEID-3"},
	{"patient", "age", "1068 months", "", "1068 months", ""},
	{"patient", "age", "1081 months", "", "90+", "DEID-3"},
	{"patient", "age", "about ninety-two", "", "null", "DEID-1"},
	{"patient", "age_value", "", "age=93", "null", "DEID-3"},
	{"patient", "age_value", "", "age=63 years", "63", ""},
	{"patient", "death_date", "2024-03-05T10:00:00Z", "", "2024", "DEID-2"},
	{"patient", "postal_code", "02134", "", "021", "DEID-4"},
	{"patient", "postal_code", "02134-1234", "state=MA", "021", "DEID-4"},
	{"patient", "postal_code", "03601", "", "000", "DEID-4"},
	{"patient", "postal_code", "89301", "", "000", "DEID-4"},
	{"patient", "postal_code", "02134", "state=CA", "021", "DEID-4"},
	{"patient", "postal_code", "10115", "country=Germany", "null", "DEID-4"},
	{"patient", "postal_code", "SW1A 1AA", "country=GB", "null", "DEID-4"},
	{"patient", "postal_code", "somewhere", "", "null", "DEID-4"},
	{"patient", "provider_npi", "1234567893", "", "null", "DEID-1"},
	{"patient", "collision_group", "123456789", "", "null", "DEID-1"},
	{"patient", "phone", "6175550100 x9", "", "null", "DEID-1"},
	{"patient", "phone_ext", "", "phone=405.901.4744 x12", "null", "DEID-1"},
	{"encounter", "start_datetime", "2024-03-05", "", "2024", "DEID-2"},
	{"encounter", "reason_text", "fell on Main St", "", "null", "DEID-1"},
	{"lab_result", "comment", "call Ann", "", "null", "DEID-1"},
	{"lab_result", "note", "call Ann", "", "null", "DEID-1"},
	{"lab_result", "result_value", "5.4", "", "5.4", ""},
	{"lab_result", "result_value", "neg", "", "Negative", ""},
	{"lab_result", "result_value", "clotted, call Ann", "", "null", "DEID-1"},
	{"lab_result", "value_text", "", "result_value=clotted, call Ann", "null", "DEID-1"},
	{"lab_result", "value_code", "Ann", "result_value=5.4", "null", "DEID-1"},
	{"lab_result", "reference_range", "3-5", "", "3-5", ""},
	{"lab_result", "reference_range", "Ann's usual", "", "null", "DEID-1"},
	{"imaging_study", "patient_age", "063Y", "", "063Y", ""},
	{"imaging_study", "patient_age", "095Y", "", "90+", "DEID-3"},
	{"imaging_study", "patient_birth_date", "19570909", "", "1957", "DEID-2"},
	{"imaging_study", "institution", "Boston General", "", "null", "DEID-1"},
	{"imaging_study", "sop_class_uid", "1.2.840.10008.5.1.4.1.1.2", "", "1.2.840.10008.5.1.4.1.1.2", ""},
	{"vital", "value", "400", "vital_type=heart_rate", "400", ""},
	{"vital", "value", "6175550100", "vital_type=heart_rate", "null", "DEID-1"},
	{"vital", "value", "Ann", "vital_type=heart_rate", "null", "DEID-1"},
	{"condition", "onset_date", "2024", "", "2024", ""},
}

func TestCells(t *testing.T) {
	for _, c := range cases {
		headers, row := []string{c.field}, []string{c.text}
		for _, other := range strings.FieldsFunc(c.others, func(r rune) bool { return r == ';' }) {
			name, text, _ := strings.Cut(other, "=")
			headers, row = append(headers, name), append(row, text)
		}
		if c.text == "" {
			headers, row = headers[1:], row[1:]
		}
		f := standardize(t, c.entity, false, headers, row).apply(testKey)
		field := c.field
		if field == "note" {
			field = "comment"
		}
		got := f.value(field, 0)
		if show(got) != c.want {
			t.Errorf("%s.%s %q, %s: %q, want %q", c.entity, c.field, c.text, c.others, show(got), c.want)
			continue
		}
		if got == nil {
			continue
		}
		if ids := rules(got); strings.Join(ids, " ") != c.rule {
			t.Errorf("%s.%s %q, %s: findings of %v, want %q", c.entity, c.field, c.text, c.others, ids, c.rule)
		}
		if changed := c.rule != ""; changed && (got.Outcome != record.Nulled) != (got.Text != nil) {
			t.Errorf("%s.%s %q: outcome %v", c.entity, c.field, c.text, got.Outcome)
		}
	}
}

// Columns that no field takes are not written, and each says that it went.
func TestColumnsThatAreDropped(t *testing.T) {
	f := standardize(t, "patient", false, []string{"patient_id", "nickname", "gender", "gender_source", "year_of_birth"},
		[]string{"P1", "Annie", "F", "fem", "1957"}).apply(testKey)
	var names []string
	for _, out := range f.plan.Written {
		names = append(names, out.Name)
	}
	want := "patient_id birth_date age gender collision_group record_no record_status"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	dropped := map[string]bool{}
	for _, c := range f.worker.Counters.All {
		if c.Finding.Rule == "DEID-1" && c.Finding.Message == columnDropped.message {
			dropped[c.Column.Header] = true
		}
	}
	for _, n := range f.plan.Notes() {
		dropped[n.Column.Header] = dropped[n.Column.Header] || n.Finding.Rule == "DEID-1"
	}
	for _, out := range f.plan.Layout {
		if out.Kind == entity.OutPass && f.table.Values[out.Slot][0].Text != nil {
			t.Errorf("%s still has a value", out.Name)
		}
	}
	if !dropped["gender_source"] {
		t.Error("nothing says that gender_source was dropped")
	}
}

// Nothing of a file of no known entity is known to be harmless.
func TestGenericFiles(t *testing.T) {
	f := standardize(t, "generic", false, []string{"a", "b"}, []string{"1", "2"}).apply(testKey)
	if len(f.plan.Written) != 2 || f.plan.Written[0].Kind != entity.OutRecordNo {
		t.Errorf("%v is written", f.plan.Written)
	}
	if !slices.ContainsFunc(f.plan.Notes(), warnsOfDEID1) {
		t.Error("no warning")
	}
}

// What is not written still tells records apart.
func TestRecordsAreComparedByWhatIsDropped(t *testing.T) {
	f := standardize(t, "patient", false, []string{"patient_id", "nickname"}, []string{"P1", "Annie"})
	if len(f.plan.Layout) <= len(f.plan.Written) {
		t.Error("the pass-through column is missing from what records are compared by")
	}
}

func warnsOfDEID1(n plan.ColumnFinding) bool {
	return n.Finding.Rule == "DEID-1" && n.Finding.Severity == record.Warning
}
