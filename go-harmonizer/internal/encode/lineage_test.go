package encode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// lineageJSON is a line as a reader sees it.
type lineageJSON struct {
	File    string  `json:"file"`
	Record  int64   `json:"record_no"`
	Field   *string `json:"field"`
	Column  *string `json:"source_column"`
	Source  *string `json:"source_value"`
	Outcome string  `json:"outcome"`
	Output  *string `json:"output_value"`
	Rules   []struct {
		ID      string `json:"rule_id"`
		Version string `json:"rule_version"`
		Message string `json:"message"`
	} `json:"rules"`
	From []struct {
		File   string `json:"file"`
		Record int64  `json:"record_no"`
	} `json:"from"`
}

func readLineage(t *testing.T, text []byte) (all []lineageJSON) {
	t.Helper()
	for line := range bytes.Lines(text) {
		var one lineageJSON
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&one); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, one)
	}
	return all
}

func TestLineageLinesAreJSON(t *testing.T) {
	for _, text := range awkward {
		l := LineageLine{File: text, Record: 7, Field: text, Column: text, Source: []byte(text), Outcome: record.Kept.String(),
			Rules: []LineageRule{{"STD-SEX-1", text}, {"SEC-1", text}}, From: []Contributor{{text, 3}, {"b", 4}}}
		got := readLineage(t, l.Append(nil))
		if len(got) != 1 || got[0].Record != 7 || *got[0].Source != text || got[0].Output != nil || len(got[0].Rules) != 2 ||
			got[0].Rules[1].Version != rule.BookVersion || len(got[0].From) != 2 || got[0].From[1].Record != 4 {
			t.Errorf("%q became %+v", text, got)
		}
	}
	removal := LineageLine{File: "a.csv", Record: 9, Outcome: RemovedOutcome, Rules: []LineageRule{{"DED-1", "removed"}}}
	want := `{"file":"a.csv","record_no":9,"field":null,"source_column":null,"source_value":null,"outcome":"removed","output_value":null,` +
		`"rules":[{"rule_id":"DED-1","rule_version":"` + rule.BookVersion + `","message":"removed"}]}` + "\n"
	if got := string(removal.Append(nil)); got != want {
		t.Errorf("%s", got)
	}
}

// line writes what matters of a line in short.
func (l *lineageJSON) String() string {
	text := func(s *string) string {
		if s == nil {
			return "null"
		}
		return *s
	}
	var ids []string
	for _, r := range l.Rules {
		ids = append(ids, r.ID)
	}
	return fmt.Sprintf("%d %s %s=%s %s %s %s", l.Record, text(l.Field), text(l.Column), text(l.Source), l.Outcome, text(l.Output),
		strings.Join(ids, ","))
}

func TestLineageNamesColumnValueAndRule(t *testing.T) {
	for _, c := range []struct {
		entity  string
		headers []string
		row     []string
		want    []string
	}{
		{"patient", []string{"pid", "sex", "dob", "phone"}, []string{"P1", "F", "3/25/1957", "N/A"}, []string{
			"1 birth_date dob=3/25/1957 changed 1957-03-25 STD-DATE-3", "1 gender sex=F changed female STD-SEX-1",
			"1 phone phone=N/A nulled null NULL-1"}},
		{"patient", []string{"patient_id", "sex"}, []string{"P1", "other things"}, []string{
			"1 gender sex=other things kept other things STD-SEX-1"}},
		{"patient", []string{"patient_id", "name"}, []string{"P1", "Smith, Ann"}, []string{
			"1 first_name name=Smith, Ann changed Ann STD-NAME-2", "1 last_name name=Smith, Ann changed Smith STD-NAME-2"}},
		{"patient", []string{"patient_id", "year_of_birth", "month_of_birth", "day_of_birth"}, []string{"P1", "1957", "3", "25"}, []string{
			"1 birth_date year_of_birth+month_of_birth+day_of_birth=1957+3+25 changed 1957-03-25 STD-DATE-8"}},
		{"patient", []string{"patient_id", "hobby"}, []string{"P1", "=1+1"}, []string{"1 hobby hobby==1+1 changed '=1+1 SEC-1"}},
		{"patient", []string{"patient_id", "age"}, []string{"P1", "63"}, []string{
			"1 age_value age=63 changed 63 STD-AGE-1", "1 age_unit age=63 changed a STD-AGE-1"}},
		{"lab_result", []string{"patient_id", "test_name", "value", "date"}, []string{"P1", "Glucose", "> 90 mg/dL", "2024-03-05"}, []string{
			"1 value_number", "1 value_comparator", "1 unit"}},
		{"vital", []string{"patient_id", "date", "sbp", "dbp"}, []string{"P1", "2024-03-05", "0120", "80"}, []string{
			"1 unit sbp=0120 changed mm[Hg] STD-VIT-3"}},
	} {
		x := newBench(c.entity, plan.Settings{}, c.headers, [][]string{c.row})
		b := &Block{}
		New(x.plan, x.worker, Options{Safe: true, Lineage: true, File: "a.csv"}).Encode(x.table, b)
		var got []string
		for _, l := range readLineage(t, b.Lineage.Text) {
			got = append(got, l.String())
		}
		for _, want := range c.want {
			if !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, want) }) {
				t.Errorf("%s %v: no line %s in\n%s", c.entity, c.row, want, strings.Join(got, "\n"))
			}
		}
	}
}

// Every value that is not as it came has a line, a line has a rule, and nothing else has one.
func TestLineageIsComplete(t *testing.T) {
	headers, rows := people(300)
	x := newBench("patient", plan.Settings{}, headers, rows)
	b := &Block{}
	New(x.plan, x.worker, Options{Lineage: true}).Encode(x.table, b)
	got := map[string]string{}
	last := int64(0)
	for _, l := range readLineage(t, b.Lineage.Text) {
		if len(l.Rules) == 0 || l.Record < last {
			t.Fatalf("%+v", l)
		}
		last = l.Record
		got[fmt.Sprint(l.Record, *l.Field)] = l.Outcome
	}
	n := 0
	for i := range x.table.Refs {
		for _, out := range x.plan.Layout {
			if out.Slot < 0 || strings.HasSuffix(out.Name, "_source") {
				continue
			}
			want := x.table.Values[out.Slot][i].Outcome
			if outcome, ok := got[fmt.Sprint(i+1, out.Name)]; ok != (want != record.OK) || ok && outcome != want.String() {
				t.Fatalf("record %d, %s: %q, want %s", i+1, out.Name, outcome, want)
			}
			if want != record.OK {
				n++
			}
		}
	}
	if n < 300 || n != len(got) {
		t.Errorf("%d values, %d lines", n, len(got))
	}
}

// A job that is private writes no value of its input into issues, quarantine and lineage.
func TestPrivateBlocksHoldNoValue(t *testing.T) {
	headers := []string{"patient_id", "first_name", "dob", "gender", "zip", "ssn"}
	x := newBench("patient", plan.Settings{}, headers, [][]string{{"", "Canary Quail", "31/02/1957", "Canary", "canary", "canary-1"}})
	b := &Block{}
	New(x.plan, x.worker, Options{Lineage: true, Private: true, Quarantine: true}).Encode(x.table, b)
	for name, text := range map[string][]byte{"issues": b.Issues.Text, "quarantine": b.Quarantine.Text, "lineage": b.Lineage.Text} {
		if lower := bytes.ToLower(text); len(text) == 0 || bytes.Contains(lower, []byte("canary")) || bytes.Contains(text, []byte("1957")) {
			t.Errorf("%s: %s", name, text)
		}
	}
	for _, c := range x.worker.Counters.All {
		if c.Source != nil || c.Output != nil {
			t.Errorf("%s counted a value", c.Finding.Rule)
		}
	}
}
