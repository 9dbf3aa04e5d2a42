package server

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

// Every clean file of every case is harmonized again, with the same parameters and its entity (rule 0.10).
func TestCasesHarmonizedTwice(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for _, c := range pipelinetest.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			spec := as(newSpec(t, c.FileName, c.Spec), harmonizerv1.OutputFormat_OUTPUT_FORMAT_CSV)
			if op := spec.GetOperation(); op == harmonizerv1.Operation_OPERATION_CLEAN || op == harmonizerv1.Operation_OPERATION_VALIDATE {
				return
			}
			if spec.GetOptions().GetDeidentify() {
				return // A pseudonym of a pseudonym is another one.
			}
			files, err := inProcess(t, spec, c)
			if err != nil {
				return // Refused; TestCases says how.
			}
			if len(c.More) > 0 {
				harmonizedTogetherAgain(t, spec, c, files)
				return
			}
			for name, text := range files {
				if strings.HasPrefix(name, "clean.") {
					harmonizedAgain(t, spec, name, entityOf(t, name, files), text)
				}
			}
		})
	}
}

// harmonizedAgain fails when a clean file changes. What said how the first file was written is not said of the second.
func harmonizedAgain(t *testing.T, first *harmonizerv1.HarmonizeSpec, name, entity string, text []byte) {
	t.Helper()
	spec := as(first, harmonizerv1.OutputFormat_OUTPUT_FORMAT_CSV)
	o := spec.GetOptions()
	o.Entity, o.Encoding, o.Delimiter, o.SkipRows, o.Header, o.ColumnMap = entity, "", "", nil, nil, nil
	again, err := inProcess(t, spec, pipelinetest.Case{FileName: spec.GetFileName(), Input: text})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got := again["clean.csv"]; !bytes.Equal(got, text) {
		t.Errorf("%s changes when it is harmonized again\n%s", name, pipelinetest.Differ(text, got))
	}
}

// harmonizedTogetherAgain does so with the clean files of a job of several, in the order of their files.
func harmonizedTogetherAgain(t *testing.T, first *harmonizerv1.HarmonizeSpec, c pipelinetest.Case, files map[string][]byte) {
	t.Helper()
	var report struct {
		Entities []struct{ File, Artifact string }
	}
	if err := json.Unmarshal(files["report.json"], &report); err != nil {
		t.Fatal(err)
	}
	spec := as(first, harmonizerv1.OutputFormat_OUTPUT_FORMAT_CSV)
	o := spec.GetOptions()
	o.Encoding, o.Delimiter, o.SkipRows, o.Header, o.ColumnMap = "", "", nil, nil, nil
	var clean []pipelinetest.File
	for _, e := range report.Entities {
		clean = append(clean, pipelinetest.File{Name: e.File, Bytes: files[e.Artifact]})
	}
	again, err := inProcess(t, spec, pipelinetest.Case{FileName: clean[0].Name, Input: clean[0].Bytes, More: clean[1:]})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range report.Entities {
		if got, want := again[e.Artifact], files[e.Artifact]; !bytes.Equal(got, want) {
			t.Errorf("%s of %s changes when it is harmonized again\n%s", e.Artifact, c.Name, pipelinetest.Differ(want, got))
		}
	}
}

// entityOf names the entity of clean.csv or clean.<entity>.csv.
func entityOf(t *testing.T, name string, files map[string][]byte) string {
	t.Helper()
	if parts := strings.Split(name, "."); len(parts) == 3 {
		return parts[1]
	}
	var report struct{ Entity string }
	if err := json.Unmarshal(files["report.json"], &report); err != nil {
		t.Fatal(err)
	}
	return report.Entity
}
