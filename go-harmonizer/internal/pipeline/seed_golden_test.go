package pipeline_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// seed is a file of the simple mock EHR after a run: its records by field, and what was said of them.
type seed struct {
	rows   []map[string]string
	issues []issue
	report *report.Report
}

// readSeed harmonizes a file of the mock EHR; the test is skipped where the shared data is not.
func readSeed(t *testing.T, name string) seed {
	t.Helper()
	path := filepath.Join(pipelinetest.Root(t), "..", "shared", "data", "seed-sample-data", name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skip("the mock EHR is not at ../shared/data: nothing was tested")
	}
	result, sink := mustRun(t, newJob(name), text, how{workers: 2})
	lines, err := csv.NewReader(bytes.NewReader(sink.Files["clean.csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	s := seed{issues: issuesOf(t, sink), report: result.Report}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, field := range lines[0] {
			row[field] = line[i]
		}
		s.rows = append(s.rows, row)
	}
	return s
}

// where counts the records a test holds for.
func (s seed) where(test func(row map[string]string) bool) (n int) {
	for _, row := range s.rows {
		if test(row) {
			n++
		}
	}
	return n
}

// is counts the records whose field has a text; none is a null.
func (s seed) is(field, text string) int {
	return s.where(func(row map[string]string) bool { return row[field] == text })
}

// like counts the records whose field is of a form.
func (s seed) like(field, form string) int {
	re := regexp.MustCompile("^(?:" + form + ")$")
	return s.where(func(row map[string]string) bool { return re.MatchString(row[field]) })
}

// source returns the cell a field came from.
func source(row map[string]string, field string) string {
	if text := row[field+"_source"]; text != "" {
		return text
	}
	return row[field]
}

// distinct counts the different texts of a column that is there.
func (s seed) distinct(text func(row map[string]string) string) int {
	all := map[string]bool{}
	for _, row := range s.rows {
		all[text(row)] = true
	}
	return len(all)
}

// said counts the issues of a rule and a severity, of all fields when none is named.
func (s seed) said(rule, severity, field string) (n int) {
	for _, i := range s.issues {
		if i.Rule == rule && i.Severity == severity && (field == "" || i.Field == field) {
			n += int(i.Count)
		}
	}
	return n
}

// tells counts the issues of a rule about a whole column that hold all of the words.
func (s seed) tells(rule, field string, words ...string) (n int) {
	for _, i := range s.issues {
		holds := i.Rule == rule && i.Field == field && i.Record == 0
		for _, word := range words {
			holds = holds && strings.Contains(i.Message, word)
		}
		if holds {
			n++
		}
	}
	return n
}

// count is one number of section 13 of the rule book.
type count struct {
	what      string
	got, want int
}

func exact(t *testing.T, counts []count) {
	t.Helper()
	for _, c := range counts {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
}

const (
	oneDay  = `\d{4}-\d\d-\d\d`
	oneTime = oneDay + `(T\d\d:\d\d:\d\d)?`
)

func TestSeedPatients(t *testing.T) {
	s := readSeed(t, "patients.csv")
	exact(t, []count{
		{"records", len(s.rows), 100},
		{"birth_date: standardized", s.like("birth_date", oneDay), 100},
		{"birth_date: ISO already", s.is("birth_date_source", ""), 25},
		{"birth_date: N/N/YYYY", s.like("birth_date_source", `\d+/\d+/\d{4}`), 22 + 14 + s.where(equalHalves("/"))},
		{"birth_date: N-N-YYYY", s.like("birth_date_source", `\d+-\d+-\d{4}`), 22 + 12 + s.where(equalHalves("-"))},
		{"birth_date: slashes M-D", s.tells("STD-DATE-3", "birth_date", "N/N/YYYY: month first", "22 prove month first, 0 day first, 14 prove nothing"), 1},
		{"birth_date: hyphens D-M", s.tells("STD-DATE-3", "birth_date", "N-N-YYYY: day first", "0 prove month first, 22 day first, 12 prove nothing"), 1},
		{"gender: male", s.is("gender", "male"), 22},
		{"gender: female", s.is("gender", "female"), 20},
		{"gender: other", s.is("gender", "other"), 38},
		{"gender: unknown", s.is("gender", "unknown"), 20},
		{"race: declined", s.is("race", "declined"), 13},
		{"race: unknown", s.is("race", "unknown"), 8},
		{"race: multiple", s.is("race", "multiple"), 6},
		{"race: multiple W", s.said("STD-RACE-1", "warning", "race"), 6},
		{"race: other", s.is("race", "other"), 16},
		{"ethnicity: hispanic", s.is("ethnicity", "hispanic_or_latino"), 19},
		{"ethnicity: not hispanic", s.is("ethnicity", "not_hispanic_or_latino"), 27},
		{"ethnicity: declined", s.is("ethnicity", "declined"), 26},
		{"ethnicity: unknown", s.is("ethnicity", "unknown"), 28},
		{"marital_status: never married", s.is("marital_status", "never_married"), 16},
		{"marital_status: married", s.is("marital_status", "married"), 15},
		{"marital_status: divorced", s.is("marital_status", "divorced"), 19},
		{"marital_status: widowed", s.is("marital_status", "widowed"), 20},
		{"marital_status: separated", s.is("marital_status", "separated"), 14},
		{"marital_status: unknown", s.is("marital_status", "unknown"), 16},
		{"phone: null", s.is("phone", ""), 2},
		{"phone: E.164", s.like("phone", `\+1\d{10}`), 98},
		{"phone: possible, not valid", s.said("VAL-PHONE-1", "warning", "phone"), 41},
		{"postal_code: not of the state", s.said("VAL-ZIP-2", "warning", "postal_code"), 98},
		{"postal_code: of a wrong form", s.said("VAL-ZIP-1", "error", "") + s.said("STD-ZIP-1", "error", ""), 0},
		{"patient_id: in collisions E", s.said("DED-3", "error", "patient_id"), 14},
		{"patient_id: in a group", s.like("collision_group", `\d+`), 14},
		{"patient_id: groups, and none", s.distinct(func(row map[string]string) string { return row["collision_group"] }), 7 + 1},
		{"patient_id: of whom each is there", s.distinct(func(row map[string]string) string { return row["patient_id"] }), 93},
		{"email: null", s.is("email", ""), 20},
		{"blood_type: null", s.is("blood_type", ""), 35},
		{"blood_type: valid", s.like("blood_type", `(A|B|AB|O)[+-]`), 65},
		{"pcp_name: trimmed", s.said("STD-TXT-1", "information", "pcp_name"), 47},
		{"pcp_name: with a space before", s.like("pcp_name_source", ` .*`), 47},
		{"pcp_name: with a space left", s.like("pcp_name", ` .*| *`), 0},
		{"errors, all of DED-3", s.is("record_status", "error"), 14},
		{"exact duplicates", s.said("DED-1", "information", ""), 0},
	})
	noneKept(t, s, "birth_date", "gender", "race", "ethnicity", "marital_status", "phone", "blood_type")
}

// equalHalves tells days whose order does not matter, such as 05/05/2024; the book counts them with neither.
func equalHalves(mark string) func(map[string]string) bool {
	return func(row map[string]string) bool {
		parts := strings.Split(row["birth_date_source"], mark)
		return len(parts) == 3 && parts[0] == parts[1]
	}
}

func TestSeedLabs(t *testing.T) {
	s := readSeed(t, "lab_results.csv")
	panels := `(?i:comprehensive metabolic panel|basic metabolic panel|complete blood count|lipid panel|liver function tests|urinalysis)`
	exact(t, []count{
		{"records", len(s.rows), 400},
		{"effective_datetime: standardized", s.like("effective_datetime", oneTime), 400},
		{"test_name: panels", s.like("test_name", panels), 237},
		{"test_name: panels W", s.said("VAL-LAB-4", "warning", "test_name"), 237},
		{"test_name: others, inferred", s.like("loinc_inferred", `2339-0|5902-2|3016-3|4548-4`), 400 - 237},
		{"result_value: numbers converted", s.where(func(row map[string]string) bool {
			return row["value_number"] != "" && row["result_value_source"] != ""
		}), 0},
		{"result_value: numeric", s.like("value_number", `-?\d+(\.\d+)?`), 366},
		{"result_value: ordinals", s.like("value_text", `[123]\+`), 14},
		{"result_value: Negative", s.is("value_text", "Negative"), 9},
		{"result_value: Positive", s.is("value_text", "Positive"), 4},
		{"result_value: Trace", s.is("value_text", "Trace"), 7},
		{"reference_range: two-sided", s.where(func(row map[string]string) bool {
			return row["reference_low"] != "" && row["reference_high"] != ""
		}), 324},
		{"reference_range: <200", s.where(func(row map[string]string) bool {
			return row["reference_low"] == "" && row["reference_high"] == "200" && row["reference_high_exclusive"] == "true"
		}), 42},
		{"reference_range: text", s.said("STD-REF-1", "information", "reference_range"), 34},
		{"reference_range: without bounds", s.where(func(row map[string]string) bool {
			return row["reference_range"] != "" && row["reference_low"]+row["reference_high"] == ""
		}), 34},
		{"abnormal_flag: tested", s.where(func(row map[string]string) bool {
			return row["value_number"] != "" && row["reference_low"]+row["reference_high"] != "" &&
				regexp.MustCompile(`^(N|L|LL|LU|H|HH|HU)$`).MatchString(row["abnormal_flag"])
		}), 366},
		{"abnormal_flag: conflicts", s.said("VAL-LAB-2", "warning", ""), 0},
		{"errors", s.is("record_status", "error"), 0},
		{"orphans", orphans(t, s), 0},
		{"exact duplicates", s.said("DED-1", "information", ""), 0},
	})
	noneKept(t, s, "effective_datetime", "unit", "abnormal_flag", "reference_range")
}

func TestSeedVitals(t *testing.T) {
	s := readSeed(t, "vitals.csv")
	exact(t, []count{
		{"records", len(s.rows), 575},
		{"halves of pressures", s.like("panel_id", `\d+`), 150},
		{"halves that stand together", halves(s), 75},
		{"pressures E", s.said("VAL-VIT-2", "error", "value"), 5},
		{"pressures W", s.said("VAL-VIT-2", "warning", "value"), 1},
		{"errors, two for each pressure", s.is("record_status", "error"), 10},
		{"spellings", s.distinct(func(row map[string]string) string { return source(row, "vital_type") }), 12},
		// The two halves of a pressure are of one type in the file.
		{"types", s.distinct(func(row map[string]string) string { return row["vital_type"] }), 7 + 1},
		{"types that are none", s.like("vital_type",
			`(systolic|diastolic)_bp|heart_rate|respiratory_rate|body_temperature|oxygen_saturation|body_weight|body_height|bmi`), 575},
		{"effective_datetime: standardized", s.like("effective_datetime", oneTime), 575},
		{"orphans", orphans(t, s), 0},
		{"exact duplicates", s.said("DED-1", "information", ""), 0},
	})
	noneKept(t, s, "effective_datetime", "vital_type", "value", "unit")
}

// halves counts the pairs of one panel that follow each other, systolic first.
func halves(s seed) (n int) {
	for i := 1; i < len(s.rows); i++ {
		first, second := s.rows[i-1], s.rows[i]
		if first["vital_type"] == "systolic_bp" && second["vital_type"] == "diastolic_bp" && first["panel_id"] == first["record_no"] &&
			first["panel_id"] == second["panel_id"] && first["record_no"] == second["record_no"] {
			n++
		}
	}
	return n
}

func TestSeedMedications(t *testing.T) {
	s := readSeed(t, "medications.csv")
	exact(t, []count{
		{"records", len(s.rows), 300},
		{"start_date: standardized", s.like("start_date", oneTime), 300},
		{"end_date: standardized", s.like("end_date", oneTime), 185},
		{"end_date: null", s.is("end_date", ""), 115},
		{"start > end", s.said("VAL-DATE-4", "error", ""), 0},
		{"frequency_text: resolved", s.where(func(row map[string]string) bool {
			return row["timing_frequency"] != "" && row["timing_period"] != "" && row["timing_period_unit"] != "" || row["as_needed"] == "true"
		}), 300},
		{"frequency_text: spellings", s.distinct(func(row map[string]string) string { return row["frequency_text"] }), 13},
		{"frequency_text: evening", s.is("timing_when", "EVE"), 47},
		{"frequency_text: as needed alone", s.where(func(row map[string]string) bool {
			return row["as_needed"] == "true" && row["timing_frequency"] == ""
		}), 42},
		{"dose_text: resolved", s.where(func(row map[string]string) bool {
			return row["dose_value"]+row["dose_unit"] == row["dose_text"] && row["dose_unit"] == "mg"
		}), 300},
		{"dose_text: levothyroxine above 1 mg", s.said("VAL-MED-2", "warning", "dose_text"), 19},
		{"medication_name: upper case", s.like("medication_name_source", `[A-Z]+`), 26},
		{"medication_name: re-cased", s.said("STD-MED-1", "information", "medication_name"), 26},
		{"medication_name: in title case", s.like("medication_name", `[A-Z][a-z]+`), 300},
		{"orphans", orphans(t, s), 0},
		{"exact duplicates", s.said("DED-1", "information", ""), 0},
	})
	noneKept(t, s, "start_date", "end_date", "medication_name", "dose_text", "frequency_text")
}

// orphans counts the records of patients who are not among the patients.
func orphans(t *testing.T, s seed) int {
	t.Helper()
	known := map[string]bool{}
	for _, row := range readSeed(t, "patients.csv").rows {
		known[row["patient_id"]] = true
	}
	return s.where(func(row map[string]string) bool { return !known[row["patient_id"]] })
}

// noneKept fails for a field that could not be standardized.
func noneKept(t *testing.T, s seed, fields ...string) {
	t.Helper()
	for _, i := range s.issues {
		for _, field := range fields {
			if i.Field == field && i.Outcome == "kept" {
				t.Errorf("%s: %d kept by %s: %s", field, i.Count, i.Rule, i.Message)
			}
		}
	}
}
