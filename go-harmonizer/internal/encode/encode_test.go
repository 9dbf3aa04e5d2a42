package encode

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func lines(numbers ...int64) *Lines {
	l := &Lines{}
	for _, n := range numbers {
		l.Text = append(l.Text, byte('a'+n), '\n')
		l.Add(n)
	}
	return l
}

func TestMergeKeepsTheOrderOfRecords(t *testing.T) {
	first, second := lines(1, 3, 3, 7), lines(2, 3)
	second.Text = []byte(strings.ToUpper(string(second.Text)))
	got := Merge(first, &Lines{}, second)
	if string(got.Text) != "b\nC\nd\nd\nD\nh\n" || len(got.Ends) != 6 {
		t.Errorf("%q %v", got.Text, got.Numbers)
	}
	if empty := Merge(); len(empty.Ends) != 0 {
		t.Error("nothing became something")
	}
}

// awkward are texts that lead out of a cell or a string where they are not written with care.
var awkward = []string{"", "plain", `"`, "a,b", "two\nlines", "cr\rlf\n", `back\slash`, "\u2028", "é\x00\x1f\x7f", "<&>", "😀", "'=1", "=1+1", `"=1`}

func TestIssuesAreJSON(t *testing.T) {
	for _, text := range awkward {
		i := Issue{Rule: "STD-SEX-1", Severity: record.Error, Entity: "patient", File: text, Record: 7, Column: text, Field: "gender",
			Outcome: record.Kept, Source: []byte(text), Message: text, Count: 1, Records: []int64{7, 8}}
		var got map[string]any
		line := i.Append(nil)
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if strings.Count(string(line), "\n") != 1 || len(got) != 14 || got["source_value"] != text || got["output_value"] != nil ||
			got["record_no"] != 7.0 || got["outcome"] != "kept" || got["severity"] != "error" || text != "" && got["file"] != text {
			t.Errorf("%q became %s", text, line)
		}
	}
}

func TestQuarantineIsCSV(t *testing.T) {
	for _, text := range awkward {
		line := AppendQuarantine([]byte(QuarantineHeader), 7, "STD-CSV-1", "why", []byte(text), false)
		rows, err := csv.NewReader(strings.NewReader(string(line))).ReadAll()
		if want := strings.ReplaceAll(text, "\r\n", "\n"); err != nil || len(rows) != 2 || len(rows[1]) != 4 || rows[1][3] != want {
			t.Errorf("%q became %q: %v", text, line, err)
		}
	}
	if got := string(AppendQuarantine(nil, 7, "A", "b", []byte("=1,2"), true)); got != "7,A,b,\"'=1,2\"\n" {
		t.Errorf("%q is not guarded", got)
	}
}
