package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

// What follows the first 100,000 records decides nothing, however far ahead the file has been read.
func TestOnlyThePrefixDecides(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for name, c := range map[string]struct {
		line     func(i int) string
		encoding string
		says     string
	}{
		"high bytes after it":   {func(i int) string { return map[bool]string{true: "Jos\xe9", false: "x"}[i >= 100_000] }, "utf-8", "Jos\uFFFD"},
		"high bytes at its end": {func(i int) string { return map[bool]string{true: "Jos\xe9", false: "x"}[i >= 99_999] }, "windows-1252", "José"},
		"dates":                 {func(i int) string { return map[bool]string{true: "13/14/2000", false: "x"}[i == 100_000] }, "utf-8", "13/14/2000"},
	} {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			text.WriteString("patient_id,birth_date,note\n")
			for i := range 100_300 {
				fmt.Fprintf(&text, "P%d,03/04/1980,%s\n", i, c.line(i))
			}
			job := newJob("patients.csv")
			job.Prefix, job.Records = true, false
			result, want := mustRun(t, job, []byte(text.String()), how{})
			if result.Report.Encoding != c.encoding || !strings.Contains(string(want.Files["clean.csv"]), c.says) {
				t.Errorf("read as %s", result.Report.Encoding)
			}
			_, got := mustRun(t, job, []byte(text.String()), how{workers: 2, segment: 10_000, chunk: 3000})
			same(t, "small segments", want, got)
		})
	}
}
