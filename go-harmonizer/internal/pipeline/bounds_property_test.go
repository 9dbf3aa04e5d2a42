package pipeline_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

func file(name, text string) pipelinetest.File {
	return pipelinetest.File{Name: name, Bytes: []byte(text)}
}

// fails runs a job that has to fail, and returns its fault.
func fails(t *testing.T, job *pipeline.Job, limits pipeline.Limits, files ...pipelinetest.File) *fault.Error {
	t.Helper()
	_, _, err := runAll(t, job, files, how{limits: limits})
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("%v, want a fault", err)
	}
	return f
}

// A field that the file of the record that stays does not have cannot be taken (rule DED-6): that is told, with the record that has it.
func TestAMergedRecordTellsOfAValueWithoutAColumn(t *testing.T) {
	job := operating(plan.Harmonize, func(j *pipeline.Job) { j.Policy, j.Format = cross.Merge, encode.NDJSON })
	_, sink := do(t, job, []pipelinetest.File{
		file("a.csv", "patient_id,first_name,last_name,dob\nP1,Ann,Doe,1980-01-02\nP2,Bob,Roe,1970-01-01\n"),
		file("b.csv", "patient_id,first_name,last_name,dob,phone\nP1,Ann,Doe,1980-01-02,405-901-4744\nP3,Zoe,Fox,1990-05-05,\n")}, how{})
	var got []issue
	for _, i := range issuesOf(t, sink) {
		if i.Rule == "DED-6" && i.Field == "phone" {
			got = append(got, i)
		}
	}
	if len(got) != 1 || got[0].Severity != "warning" || got[0].Record != 1 || got[0].Message !=
		`has a value in record 1 of "b.csv", and no column in the file of the record that stays` {
		t.Errorf("%+v", got)
	}
	if rows := objects(t, sink.Files["clean.patient.ndjson"]); len(rows) != 2 || len(objects(t, sink.Files["clean.patient.2.ndjson"])) != 1 {
		t.Errorf("%v", rows)
	}
}

func TestReferencesOverTheirBoundNameTheSetting(t *testing.T) {
	var text strings.Builder
	text.WriteString("patient_id,first_name,last_name,dob\n")
	for i := range 200 {
		fmt.Fprintf(&text, "P%d,Ann,Doe,1980-01-02\n", i)
	}
	f := fails(t, newJob(""), pipeline.Limits{DedupMemory: 96 * 100}, file("patients.csv", text.String()),
		file("labs.csv", "patient_id,test_name,result_value,unit,collected_at\nP1,Glucose,90,mg/dL,2024-03-05\n"))
	if f.Kind != fault.Exhausted || f.Bound != "HARMONIZERD_DEDUP_MEMORY_BYTES" || !strings.Contains(f.Error(), "file 1 of the job") {
		t.Errorf("%v over %q", f, f.Bound)
	}
}

func TestPersonsOverTheirBoundNameTheSetting(t *testing.T) {
	job := operating(plan.Harmonize, func(j *pipeline.Job) { j.Match = true })
	f := fails(t, job, pipeline.Limits{MatchPersons: 3},
		file("a.csv", "patient_id,first_name,last_name,dob\nP1,Ann,Doe,1980-01-02\nP2,Bob,Roe,1970-01-01\n"),
		file("b.csv", "patient_id,first_name,last_name,dob\nP3,Zoe,Fox,1990-05-05\nP4,Max,Lee,1991-05-05\n"))
	if f.Kind != fault.Exhausted || f.Bound != pipeline.MatchPersonsSetting {
		t.Errorf("%v over %q", f, f.Bound)
	}
}

func TestAPrefixDecidesForOneFileOnly(t *testing.T) {
	job := operating(plan.Harmonize, func(j *pipeline.Job) { j.Prefix = true })
	f := fails(t, job, pipeline.Limits{}, file("a.csv", "a,b\n1,2\n"), file("b.csv", "a,b\n1,2\n"))
	if f.Kind != fault.Invalid || f.Reason != "PREFIX_OF_SEVERAL" || !strings.Contains(f.Error(), "evidence_scope prefix") {
		t.Errorf("%v, reason %s", f, f.Reason)
	}
}

// An error names its file, and the place in it; that of the first too, where others follow only perhaps.
func TestAnErrorNamesItsFile(t *testing.T) {
	const good = "patient_id,first_name\nP1,Ann\n"
	f := fails(t, newJob(""), pipeline.Limits{}, file("a.csv", good), file("b.csv", good+"P2,\"never closed\n"), file("c.csv", good))
	if f.File != 2 || f.Line != 3 || f.Byte != int64(len(good)) && f.Byte != int64(len(good)+3) || !strings.Contains(f.Error(), "file 2 of the job: line 3") {
		t.Errorf("%v (file %d, line %d, byte %d)", f, f.File, f.Line, f.Byte)
	}
	if strings.Contains(f.Error(), "never") {
		t.Errorf("the error quotes the file: %v", f)
	}
	f = fails(t, newJob(""), pipeline.Limits{}, file("a.csv", good), file("b.csv", ""))
	if f.File != 2 || f.Kind != fault.Invalid {
		t.Errorf("%v (file %d)", f, f.File)
	}
}
