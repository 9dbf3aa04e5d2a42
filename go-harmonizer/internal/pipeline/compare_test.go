package pipeline_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// issue is what tests read of an issue record.
type issue struct {
	Rule     string `json:"rule_id"`
	Severity string `json:"severity"`
	Field    string `json:"field"`
	Outcome  string `json:"outcome"`
	Column   string `json:"source_column"`
	Record   int64  `json:"record_no"`
	Message  string `json:"message"`
	Count    int64  `json:"count"`
}

func issuesOf(t testing.TB, s *pipelinetest.Sink) []issue {
	t.Helper()
	var all []issue
	for text := range strings.Lines(string(s.Files["issues.ndjson"])) {
		var i issue
		if err := json.Unmarshal([]byte(text), &i); err != nil {
			t.Fatal(err)
		}
		all = append(all, i)
	}
	return all
}

func countRule(all []issue, rule string) (n int64) {
	for _, i := range all {
		if i.Rule == rule {
			n += i.Count
		}
	}
	return n
}

func TestACollisionOfAWithdrawnRecordCountsOnce(t *testing.T) {
	job := newJob("patients.csv")
	job.Quarantine = true
	text := "patient_id,first_name,last_name,birth_date\nP1,Jane,Doe,foo\nP1,Robert,Roe,1955-01-02\nP2,Ann,Poe,1960-01-02\n"
	result, sink := mustRun(t, job, []byte(text), how{})
	if want := (report.Accounting{Read: 3, Written: 1, Quarantined: 2}); result.Report.Accounting != want {
		t.Errorf("%+v, want %+v", result.Report.Accounting, want)
	}
	if lines := strings.Count(string(sink.Files["quarantine.csv"]), "\n"); lines != 3 {
		t.Errorf("%d lines in the quarantine, want a header and 2", lines)
	}
	if n := countRule(issuesOf(t, sink), "DED-3"); n != 2 {
		t.Errorf("%d issues of DED-3, want 2", n)
	}
}

func TestAWithdrawnRecordIsNoDuplicateToo(t *testing.T) {
	job := newJob("labs.csv")
	job.Quarantine, job.Policy = true, cross.MostComplete
	text := "patient_id,test_name,result_value,unit,effective_datetime,result_datetime,comment\n" +
		"P1,Mystery,5.5,mg/dL,2024-03-05,2024-03-06,fine\n" +
		"P1,Mystery,5.5,mg/dL,2024-03-05,2024-03-04,\n"
	result, sink := mustRun(t, job, []byte(text), how{})
	if want := (report.Accounting{Read: 2, Written: 1, Quarantined: 1}); result.Report.Accounting != want {
		t.Errorf("%+v, want %+v", result.Report.Accounting, want)
	}
	if n := countRule(issuesOf(t, sink), "DED-2"); n != 0 {
		t.Errorf("%d issues of DED-2, want none: the record is in the quarantine", n)
	}
}

func TestEveryRemovalIsAnIssue(t *testing.T) {
	text := "encounter_id,patient_id,class,start_datetime,end_datetime\n" +
		"E1,P1,AMB,2024-03-05,\nE1,P1,AMB,2024-03-05,2024-03-06\nE2,P1,AMB,2024-03-07,\nE2,P1,AMB,2024-03-07,\n"
	job := newJob("encounters.csv")
	job.Policy = cross.MostComplete
	result, sink := mustRun(t, job, []byte(text), how{})
	all := issuesOf(t, sink)
	if a := result.Report.Accounting; a.Duplicates != 2 || countRule(all, "DED-1") != 1 || countRule(all, "DED-2") != 1 {
		t.Errorf("%+v with %d and %d issues of DED-1 and DED-2", a, countRule(all, "DED-1"), countRule(all, "DED-2"))
	}
}

// Thousands of persons under one identifier, as where it was lost: each collides with another, and that is soon known.
func TestManyPersonsUnderOneIdentifier(t *testing.T) {
	var text strings.Builder
	text.WriteString("patient_id,first_name,last_name,birth_date\n")
	m := newMess(1)
	word := func() string {
		var b strings.Builder
		for range 8 {
			b.WriteByte(byte('a' + m.IntN(26)))
		}
		return b.String()
	}
	for range 20 * records {
		text.WriteString("P0," + word() + "," + word() + m.pick(",1980-01-02\n", ",1970-05-06\n"))
	}
	result, sink := mustRun(t, newJob("patients.csv"), []byte(text.String()), how{workers: 2})
	if n := countRule(issuesOf(t, sink), "DED-3"); n != result.Report.Accounting.Read || n != 20*records {
		t.Errorf("%d collisions of %d records", n, result.Report.Accounting.Read)
	}
}
