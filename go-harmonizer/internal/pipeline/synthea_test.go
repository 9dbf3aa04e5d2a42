package pipeline_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

// wrongCheck is the one code of Synthea's conditions whose check digit does not match, and in how many records it stands. In SNOMED
// CT the concept ends in 5.
const (
	wrongCheck   = "10939881000119104"
	wrongRecords = 4
)

// TestSynthea holds the files of a synthetic hospital to the bar of clean input: at most 5 of 1,000 records carry an error, none at
// all is left out of the account. Conditions are let off: the code above, and nothing else, is an error there.
func TestSynthea(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(pipelinetest.Root(t), "..", "shared", "data", "synthea-csv", "*.csv"))
	if len(files) == 0 {
		t.Skip("Synthea's files are not at ../shared/data/synthea-csv: nothing was tested")
	}
	if len(files) != 18 {
		t.Errorf("%d files, want 18", len(files))
	}
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			if info, err := os.Stat(path); err != nil || info.Size() > most {
				pipelinetest.LeaveToPlainRun(t)
			}
			result, sink := mustRun(t, newJob(name), pipelinetest.Read(t, path), how{workers: 2})
			if err := result.Report.Accounting.Check(); err != nil {
				t.Error(err)
			}
			wrong := failed(sink)
			switch read := result.Report.Accounting.Read; {
			case name == "conditions.csv":
				onlyWrongChecks(t, sink, wrong)
			case int64(len(wrong))*1000 > read*5:
				t.Errorf("%d of %d records carry an error", len(wrong), read)
			}
		})
	}
}

// failed are the numbers of the input's records that carry an error, in whatever entity they were written.
func failed(sink *pipelinetest.Sink) map[string]bool {
	wrong := map[string]bool{}
	for entity, fields := range sink.Fields {
		no, status := slices.Index(fields, "record_no"), slices.Index(fields, "record_status")
		for _, row := range sink.Amended(entity) {
			if *row[status] == "error" {
				wrong[*row[no]] = true
			}
		}
	}
	return wrong
}

// onlyWrongChecks holds the conditions with an error to be those with a wrong code, and the codes to be those known ones.
func onlyWrongChecks(t *testing.T, sink *pipelinetest.Sink, wrong map[string]bool) {
	t.Helper()
	errors := 0
	for _, i := range issuesOf(t, sink) {
		if i.Severity != "error" {
			continue
		}
		errors++
		if i.Rule != "VAL-SCT-1" || i.Field != "code" || i.Outcome != "kept" {
			t.Errorf("%s on %s of record %d: %s", i.Rule, i.Field, i.Record, i.Message)
		}
	}
	codes := map[string]bool{}
	no, code := slices.Index(sink.Fields["condition"], "record_no"), slices.Index(sink.Fields["condition"], "code")
	for _, row := range sink.Amended("condition") {
		if wrong[*row[no]] {
			codes[*row[code]] = true
		}
	}
	if errors != wrongRecords || len(wrong) != wrongRecords || !maps.Equal(codes, map[string]bool{wrongCheck: true}) {
		t.Errorf("%d errors in %d records with codes %v", errors, len(wrong), codes)
	}
}
