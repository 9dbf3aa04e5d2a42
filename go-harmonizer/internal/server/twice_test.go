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
	for _, c := range pipelinetest.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			spec := as(newSpec(t, c.FileName, c.Spec), harmonizerv1.OutputFormat_OUTPUT_FORMAT_CSV)
			if op := spec.GetOperation(); op == harmonizerv1.Operation_OPERATION_CLEAN || op == harmonizerv1.Operation_OPERATION_VALIDATE {
				return
			}
			files, err := inProcess(t, spec, c.Input)
			if err != nil {
				return // Refused; TestCases says how.
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
	again, err := inProcess(t, spec, text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got := again["clean.csv"]; !bytes.Equal(got, text) {
		t.Errorf("%s changes when it is harmonized again\n%s", name, pipelinetest.Differ(text, got))
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
