package entity

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestKey(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{"PatientID", "patient_id"}, // MAP-1, Ex
		{"SOPInstanceUID", "sop_instance_uid"},
		{"ZIP Code*", "zip_code"},
		{"name[0].given[0]", "name_given"},
		{"", "column_4"},
		{"name[1].given[0]", "name_1_given"},
		{"name[10].family", "name_10_family"},
		{"TimezoneOffsetFromUTC", "timezone_offset_from_utc"},
		{"StudyID", "study_id"},
		{"ICD10Code", "icd10_code"},
		{"D.O.B.", "d_o_b"},
		{"  First  Name ", "first_name"},
		{"BIRTHDATE", "birthdate"},
		{"ＰａｔＩＤ", "pat_id"},
		{"\ufeffid", "id"},
		{"année", "ann_e"},
		{"***", "column_4"},
		{"\xff\xfe", "column_4"},
		{"column_9", "column_9"},
	} {
		if got := Key(c.header, 4); got != c.want {
			t.Errorf("Key(%q) = %q, want %q", c.header, got, c.want)
		}
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct{ headers, want, severities string }{
		{"a,b,c", "a,b,c", "..."},
		{"PatientID,b", "patient_id,b", "I."},
		{"a,b,c,", "a,b,c,column_4", "...W"},
		{"a,A,a", "a,a_2,a_3", ".WW"},
		// A header that is a_2 by itself keeps its name.
		{"a,a,a_2,a_2", "a,a_3,a_2,a_2_2", ".W.W"},
		{"column_2,", "column_2,column_2_2", ".W"},
		{",column_1", "column_1,column_1_2", "WW"},
	} {
		headers := strings.Split(c.headers, ",")
		keys, found := Keys(headers)
		if got := strings.Join(keys, ","); got != c.want {
			t.Errorf("Keys(%q) = %q, want %q", c.headers, got, c.want)
		}
		if got := severities(len(headers), found); got != c.severities {
			t.Errorf("Keys(%q): findings %q, want %q", c.headers, got, c.severities)
		}
	}
}

// severities writes the findings of rule MAP-1 as a letter for each column.
func severities(columns int, found []Finding) string {
	out := []byte(strings.Repeat(".", columns))
	for _, f := range found {
		if f.Rule == "MAP-1" {
			out[f.Column] = map[record.Severity]byte{record.Information: 'I', record.Warning: 'W', record.Error: 'E'}[f.Severity]
		}
	}
	return string(out)
}

var keyShape = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

func FuzzKeys(f *testing.F) {
	f.Add("PatientID,ZIP Code*,name[0].given[0],,a,a,a_2")
	f.Add("\xff,ﬁ,Å,İ,column_1,")
	f.Add("START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,CATEGORY,VALUE,DATE")
	f.Add("temp_f,hr,hr_unit,vital_type,unit,value,record_no,record_status,value_source")
	f.Fuzz(func(t *testing.T, line string) {
		headers := strings.Split(line, ",")
		if len(headers) > 200 {
			return
		}
		keys, _ := Keys(headers)
		seen := map[string]bool{}
		for _, key := range keys {
			if !keyShape.MatchString(key) || seen[key] {
				t.Fatalf("bad or repeated key %q", key)
			}
			seen[key] = true
		}
		again, found := Keys(keys)
		if !reflect.DeepEqual(keys, again) || len(found) > strings.Count(strings.Join(keys, ","), "column_") {
			t.Fatal("keys are not their own keys")
		}
		for _, e := range All() {
			for _, yes := range []bool{false, true} {
				m := Map(e, headers, Options{Harmonized: yes, Syntax: func(int, string) bool { return yes }})
				checkMapping(t, &m)
			}
			first := Map(e, headers, Options{})
			once := outputNames(&first, false)
			again := Map(e, strings.Split(once, ","), Options{Harmonized: true})
			if outputNames(&again, false) != once {
				t.Fatalf("%s: a harmonized file does not keep its columns", e.Name)
			}
		}
	})
}

// checkMapping holds what is true of every mapping: nothing is lost, and no output column stands twice.
func checkMapping(t *testing.T, m *Mapping) {
	t.Helper()
	for _, clean := range []bool{false, true} {
		out, used := map[string]bool{}, map[int]bool{}
		for _, o := range m.Output(clean) {
			if out[o.Name] {
				t.Fatalf("output column %s stands twice", o.Name)
			}
			out[o.Name], used[o.Column] = true, true
		}
		for i, c := range m.Columns {
			melted := c.Role == Reading && !clean
			if !used[i] && !melted && c.Role != RecordNo && c.Role != RecordStatus {
				t.Fatalf("column %d (%s) is lost", i, c.Key)
			}
			if c.Reason == "" {
				t.Fatalf("column %d has no reason", i)
			}
		}
	}
}

func TestKeysAreFastForManyHeaders(t *testing.T) {
	// Three times as many as the widest file of the tests; quadratic work would show as a test that takes minutes.
	same, near := make([]string, 30_000), make([]string, 30_000)
	for i := range same {
		same[i], near[i] = "a", fmt.Sprintf("brith_date_%d", i)
	}
	for _, headers := range [][]string{same, near} {
		if _, err := Choose(headers, Options{}); err != nil {
			t.Fatal(err)
		}
		patient, _ := Named("patient")
		m := Map(patient, headers, Options{})
		checkMapping(t, &m)
	}
}

func BenchmarkTenThousandHeaders(b *testing.B) {
	headers := make([]string, 10_000)
	for i := range headers {
		headers[i] = fmt.Sprintf("brith_date_%d", i)
	}
	patient, _ := Named("patient")
	for b.Loop() {
		if _, err := Choose(headers, Options{}); err != nil {
			b.Fatal(err)
		}
		Map(patient, headers, Options{})
	}
}
