package pipeline_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

func profileOf(t *testing.T, r *report.Report, column string) report.Profile {
	t.Helper()
	i := slices.IndexFunc(r.Profile, func(p report.Profile) bool { return p.Column == column })
	if i < 0 {
		t.Fatalf("no profile of %s", column)
	}
	return r.Profile[i]
}

// changed counts the values that were so before.
func changed(p report.Profile, before string) (n int64) {
	for _, c := range p.Changes {
		if c.Before == before {
			n += c.Count
		}
	}
	return n
}

// The examples of rule DQ-4, which are of the mock EHR.
func TestProfilesOfTheBook(t *testing.T) {
	r := readSeed(t, "patients.csv").report
	phone, gender, name := profileOf(t, r, "phone"), profileOf(t, r, "gender"), profileOf(t, r, "last_name")
	if changed(phone, "(999) 999-9999") != 28 || changed(phone, "9999999999") != 24 || phone.ChangeDetail != "shape" || phone.Values != nil {
		t.Errorf("%+v", phone)
	}
	if changed(gender, "M") != 16 || changed(gender, "NB") != 5 || gender.ChangeDetail != "value" {
		t.Errorf("%+v", gender)
	}
	if want := []report.ValueCount{{Value: "other", Count: 38}, {Value: "male", Count: 22}, {Value: "female", Count: 20}, {Value: "unknown", Count: 20}}; !slices.Equal(gender.Values, want) {
		t.Errorf("%+v", gender.Values)
	}
	if name.Values != nil || name.Min != "" || len(name.Shapes) == 0 || name.Distinct != 43 || name.Approximate {
		t.Errorf("%+v", name)
	}
}

func TestProfile(t *testing.T) {
	result, _ := mustRun(t, newJob("patients.csv"), []byte("patient_id,dob,age,sex,zip,phone,insurance_type,colour\n"+
		"P1,03/14/1980,44,F,02134,(617) 555-0123,HMO,red\nP2,1929-05-01,95,m,02135,,,\nP3,,N/A,Smith,2134,refused,PPO,blue\n"), how{})
	for column, want := range map[string]report.Profile{
		"birth_date": {Type: "date", Filled: 2, Nulls: map[string]int64{"empty": 1}, Distinct: 2,
			Shapes: []report.ShapeCount{{Shape: "9999-99-99", Count: 2}}, Changes: []report.Change{{Before: "99/99/9999", After: "9999-99-99", Count: 1}}, ChangeDetail: "shape"},
		"age": {Type: "decimal", Filled: 2, Nulls: map[string]int64{"unknown": 1}, Distinct: 2, Shapes: []report.ShapeCount{{Shape: "99", Count: 2}}},
		"gender": {Type: "enum", Filled: 3, Distinct: 3, Shapes: []report.ShapeCount{{Shape: "AAAA", Count: 1}, {Shape: "AAAAA", Count: 1}, {Shape: "AAAAAA", Count: 1}},
			Values:  []report.ValueCount{{Value: "female", Count: 1}, {Value: "male", Count: 1}},
			Changes: []report.Change{{Before: "F", After: "female", Count: 1}, {Before: "m", After: "male", Count: 1}}, ChangeDetail: "value"},
		"colour": {Filled: 2, Nulls: map[string]int64{"empty": 1}, Distinct: 2, Shapes: []report.ShapeCount{{Shape: "AAA", Count: 1}, {Shape: "AAAA", Count: 1}}},
		"phone": {Type: "phone", Filled: 1, Nulls: map[string]int64{"empty": 1, "asked-declined": 1}, Distinct: 1,
			Shapes:  []report.ShapeCount{{Shape: "+99999999999", Count: 1}},
			Changes: []report.Change{{Before: "(999) 999-9999", After: "+99999999999", Count: 1}}, ChangeDetail: "shape"},
	} {
		want.Entity, want.Column, want.Records, want.ShapeDetail = "patient", column, 3, "shape"
		if got := profileOf(t, result.Report, column); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%+v\nwant %+v", got, want)
		}
	}
	for _, p := range result.Report.Profile {
		if strings.HasSuffix(p.Column, "_source") || strings.HasPrefix(p.Column, "record_") {
			t.Errorf("%s has a profile", p.Column)
		}
	}
}

func TestBoundsOfNumbers(t *testing.T) {
	result, _ := mustRun(t, newJob("labs.csv"), []byte("patient_id,test_name,result_value,unit,collected_at\n"+
		strings.Repeat("P1,Sodium,140,mmol/L,2024-05-01\nP1,Sodium,9.50,mmol/L,2023-05-01\nP1,Sodium,many,mmol/L,2024-05-01\nP1,Sodium,135,mmol/L,2024-05-01\n", 5)), how{})
	if p := profileOf(t, result.Report, "value_number"); p.Min != "9.50" && p.Min != "9.5" || p.Max != "140" {
		t.Errorf("%+v", p)
	}
	if p := profileOf(t, result.Report, "effective_datetime"); p.Min != "2023" || p.Max != "2024" {
		t.Errorf("%+v", p)
	}
}

// A year of birth that tells an age above 89 is told as the first one that does not.
func TestBoundsOfBirths(t *testing.T) {
	result, _ := mustRun(t, newJob("patients.csv"), []byte("patient_id,first_name,birth_date\n"+
		strings.Repeat("P1,Ann,1980-03-14\nP2,Bo,1929-05-01\n", 10)), how{})
	if p := profileOf(t, result.Report, "birth_date"); p.Min != "1936" || p.Max != "1980" {
		t.Errorf("%s to %s, want 1936 to 1980", p.Min, p.Max)
	}
}

// unread is a word that no rule knows, another one in every column.
func unread(row, column int) string {
	return fmt.Sprintf("Zq%c%cxv", 'a'+column%26, 'a'+(column/26*5+row)%26)
}

var marks = regexp.MustCompile(`(?i)zq[a-z]+xv`)

// around are texts that rules may read in part.
var around = []string{"*", "male *", "* F", "white; *", "white, *", "Hispanic (*)", "yes *", "N - *", "H *", "O+ *", "mg/dL *", "mg/dL{*}", "{*}", "5 mg *",
	"10 {*}", "RT *", "chest *", "* left", "oral (*)", "twice daily *", "final/*", "en-*", "inpatient: *", "active *", "CT*", "* 120/80", "70 kg *", "45Y *",
	"married|*", "2024-01-01 *", "final ^*", "*~white"}

// No column, whatever stands in it, tells a text that no rule has read.
func TestReportsTellNoTextThatNoRuleRead(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for _, e := range entity.All() {
		var header []string
		for i := range e.Fields {
			if !e.Fields[i].Derived() {
				header = append(header, e.Fields[i].Name)
			}
		}
		header = append(header, "favourite colour", "nurse")
		text := table(strings.Join(header, ","), 12*len(around), func(i int) string {
			row := make([]string, len(header))
			for k := range row {
				row[k] = `"` + strings.ReplaceAll(around[i/12], "*", unread(i%12, k)) + `"`
			}
			return strings.Join(row, ",")
		})
		for _, operation := range []plan.Operation{plan.Harmonize, plan.Clean, plan.Standardize, plan.Validate} {
			job := newJob(e.Name + ".csv")
			job.Entity, job.Operation = e.Name, operation
			_, sink := mustRun(t, job, text, how{})
			for _, file := range []string{"report.json", "operation-outcome.json"} {
				for _, found := range marks.FindAllString(string(sink.Files[file]), -1) {
					t.Errorf("%s: %s tells %s", e.Name, file, found)
				}
			}
		}
	}
}

// texts are the strings of a value of JSON, those under some keys left out.
func texts(v any, without ...string) []string {
	var all []string
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			all = append(all, texts(one, without...)...)
		}
	case map[string]any:
		for key, one := range v {
			if !slices.Contains(without, key) {
				all = append(all, texts(one, without...)...)
			}
		}
	}
	return all
}

// sentences are the keys of texts that are constant, or should be.
var sentences = []string{"text", "message", "decisions"}

// told are the texts of the report and the outcome besides names of columns, files and rules: sentences, and all others.
func told(t *testing.T, sink *pipelinetest.Sink) (said, others []string) {
	t.Helper()
	names := []string{"file", "entity", "source_column", "key", "field", "column", "parameters", "display", "system", "code", "rule_id"}
	for _, file := range []string{"report.json", "operation-outcome.json"} {
		var v any
		if err := json.Unmarshal(sink.Files[file], &v); err != nil {
			t.Fatal(err)
		}
		others = append(others, texts(v, slices.Concat(names, sentences)...)...)
		said = append(said, texts(v, names...)...)
	}
	return said, others
}

// closed are the types of fields whose words may be told; everything else a report may show by shapes, numbers and years alone.
var closed = []string{"enum", "enum_list", "bool"}

// Whatever the corpus holds in columns of identifiers, names, contacts, dates and free text, and in those that pass through, no report
// tells it, unless the same word stands in a column whose words are told. In sentences only numbers are looked for: words may be ours.
func TestReportsTellNoValueOfTheCorpus(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	n := 0
	for _, c := range pipelinetest.Cases(t) {
		if c.Spec != nil {
			continue // options are read by the server
		}
		_, sink, err := run(t, newJob(c.FileName), c.Input, how{})
		if err != nil {
			continue
		}
		said, others := told(t, sink)
		for name, clean := range sink.Files {
			if !strings.HasPrefix(name, "clean.") {
				continue
			}
			secret, open := cells(t, sink, clean)
			for cell := range secret {
				n++
				tells := func(text string) bool { return contains(text, cell) }
				if !open[cell] && (slices.ContainsFunc(others, tells) || len(cell) > 7 && strings.ContainsAny(cell, "0123456789") && slices.ContainsFunc(said, tells)) {
					t.Errorf("%s: %q is told", c.Name, cell)
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d cells were looked for", n)
	}
}

// cells are those of a clean file, output and source: those that nobody may see, and those that may be told.
func cells(t *testing.T, sink *pipelinetest.Sink, clean []byte) (secret, open map[string]bool) {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(string(clean))).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatal(err)
	}
	secret, open = map[string]bool{}, map[string]bool{}
	for k, name := range lines[0] {
		to := secret
		if isTold(sink, strings.TrimSuffix(name, "_source")) || strings.HasPrefix(name, "record_") {
			to = open
		}
		for _, line := range lines[1:] {
			if cell := strings.TrimPrefix(line[k], "'"); telling(cell) {
				to[cell] = true
			}
		}
	}
	return secret, open
}

// isTold tells that a column's words may be told in some entity of the run.
func isTold(sink *pipelinetest.Sink, column string) bool {
	for _, e := range entity.All() {
		if at := e.Field(column); at >= 0 && sink.Fields[e.Name] != nil {
			f := &e.Fields[at]
			return slices.Contains(closed, f.Type) || slices.Contains([]string{"unit", "age_unit", "dose_unit", "language"}, f.Name) ||
				f.Type == "decimal" || f.Type == "int" || strings.HasPrefix(f.Name, "timing_")
		}
	}
	return false
}

// telling tells that a cell is no shape, and long enough to be found by more than chance.
func telling(cell string) bool {
	return len(cell) >= 4 && strings.ContainsFunc(cell, func(r rune) bool {
		return unicode.IsLetter(r) && r != 'A' || r >= '0' && r <= '8'
	})
}

// contains tells that a text holds a cell as a word.
func contains(text, cell string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], cell)
		if at < 0 {
			return false
		}
		at += from
		before, after := at == 0 || !isWord(text[at-1]), at+len(cell) == len(text) || !isWord(text[at+len(cell)])
		if before && after {
			return true
		}
		from = at + 1
	}
}

func isWord(b byte) bool {
	return b == '_' || b >= 0x80 || unicode.IsLetter(rune(b)) || unicode.IsDigit(rune(b))
}

// A job that de-identifies tells no value at all.
func TestPrivateReportsTellShapesAlone(t *testing.T) {
	job := newJob("patients.csv")
	private(t, job)
	result, _, err := run(t, job, []byte("patient_id,dob,sex,zip\nP1,1980-01-01,F,02134\n"), how{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range result.Report.Profile {
		if p.Values != nil || p.Min != "" || p.Max != "" || p.ChangeDetail == "value" {
			t.Errorf("%+v", p)
		}
	}
}
