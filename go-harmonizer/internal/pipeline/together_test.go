package pipeline_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// runTogether takes files through the rules as one job.
func runTogether(t testing.TB, job *pipeline.Job, files ...pipelinetest.File) (*pipeline.Result, *pipelinetest.Sink) {
	t.Helper()
	workers := pool.New(2)
	defer workers.Close()
	sink := &pipelinetest.Sink{}
	result, err := pipeline.Run(t.Context(), workers, job, pipeline.Limits{}, pipelinetest.NewJob(files...), sink, &pipeline.Progress{})
	if err != nil {
		t.Fatal(err)
	}
	return result, sink
}

// sharedFiles reads files of a folder of ../shared/data.
func sharedFiles(t *testing.T, folder string, names ...string) []pipelinetest.File {
	t.Helper()
	var all []pipelinetest.File
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(pipelinetest.Root(t), "..", "shared", "data", folder, name))
		if err != nil {
			t.Skipf("skipped: ../shared/data/%s is not here", folder)
		}
		all = append(all, pipelinetest.File{Name: name, Bytes: text})
	}
	return all
}

// The last row of section 13 of the rule book: no orphans and no exact duplicates in the mock EHR.
func TestSeedTogether(t *testing.T) {
	files := sharedFiles(t, "seed-sample-data", "patients.csv", "lab_results.csv", "medications.csv", "vitals.csv")
	result, sink := runTogether(t, newJob(""), files...)
	issues := issuesOf(t, sink)
	for rule, want := range map[string]int64{"VAL-REF-1": 0, "DED-1": 0, "DED-3": 14} {
		if n := countRule(issues, rule); n != want {
			t.Errorf("%d issues of %s, want %d", n, rule, want)
		}
	}
	looked := int64(0)
	for _, c := range result.Report.Rules {
		if c.Rule == "VAL-REF-1" && c.Field == "patient_id" {
			looked += c.Denominator
		}
	}
	if looked < 1200 {
		t.Errorf("%d references were looked up, want one for each lab result, medication and vital sign", looked)
	}
}

// Every reference of Synthea's files is there, in files of five entities.
func TestSyntheaTogether(t *testing.T) {
	files := sharedFiles(t, "synthea-csv", "conditions.csv", "encounters.csv", "imaging_studies.csv", "medications.csv", "observations.csv",
		"patients.csv")
	result, sink := runTogether(t, newJob(""), files...)
	if n := countRule(issuesOf(t, sink), "VAL-REF-1"); n != 0 {
		t.Errorf("%d references to what is not there, want none", n)
	}
	for _, f := range result.Report.Files {
		if f.Entity == "generic" {
			t.Errorf("%s is of no entity", f.File)
		}
	}
}
