package pipeline_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// harmonizedTwice harmonizes every clean file of a run again, with the same parameters and its entity (rule 0.10).
func harmonizedTwice(t *testing.T, fileName string, first *pipelinetest.Sink, result *pipeline.Result, change func(*pipeline.Job)) {
	t.Helper()
	for name, text := range first.Files {
		if !strings.HasPrefix(name, "clean.") {
			continue
		}
		job := newJob(fileName)
		change(job)
		job.Entity = entityOf(name, result)
		again, second := mustRun(t, job, text, how{name: name, workers: 2, segment: 4 << 10})
		if !again.Report.Harmonized {
			t.Errorf("%s is not taken for a harmonized file", name)
		}
		if got := second.Files["clean.csv"]; !bytes.Equal(got, text) {
			t.Errorf("%s changes when it is harmonized again\n%s", name, pipelinetest.Differ(text, got))
		}
	}
}

// entityOf names the entity of clean.csv or clean.<entity>.csv.
func entityOf(name string, result *pipeline.Result) string {
	if parts := strings.Split(name, "."); len(parts) == 3 {
		return parts[1]
	}
	return result.Report.Entity
}

func TestHarmonizingTwiceIsHarmonizingOnce(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(generated)) {
		for _, variant := range []string{"harmonize", "quarantine", "report"} {
			t.Run(name+"/"+variant, func(t *testing.T) {
				change := func(j *pipeline.Job) {
					variants[variant](j)
					j.Format = encode.CSV
				}
				for seed := range uint64(seeds) {
					job := newJob(name)
					change(job)
					result, sink := mustRun(t, job, generated[name](seed, records), how{})
					harmonizedTwice(t, name, sink, result, change)
				}
			})
		}
	}
}

func TestAHarmonizedFileWithoutRecordsStaysAsItIs(t *testing.T) {
	result, sink := mustRun(t, newJob("patients.csv"), []byte("patient_id,dob,sex,note\n"), how{})
	harmonizedTwice(t, "patients.csv", sink, result, func(*pipeline.Job) {})
}

func TestRecordsWithAmendmentsAreTheCleanFile(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(generated)) {
		for _, variant := range []string{"harmonize", "quarantine", "most complete", "clean", "standardize", "prefix"} {
			t.Run(name+"/"+variant, func(t *testing.T) {
				job := newJob(name)
				variants[variant](job)
				job.Format = encode.NDJSON
				result, sink := mustRun(t, job, generated[name](3, records), how{workers: 2, segment: 2 << 10})
				for file, text := range sink.Files {
					if strings.HasPrefix(file, "clean.") {
						sentIsWritten(t, sink, entityOf(file, result), text)
					}
				}
			})
		}
	}
}

// sentIsWritten compares the records that were sent with those of a clean file.
func sentIsWritten(t *testing.T, s *pipelinetest.Sink, entity string, clean []byte) {
	t.Helper()
	var want []string
	for text := range strings.Lines(string(clean)) {
		want = append(want, text)
	}
	var got []string
	for _, row := range s.Amended(entity) {
		got = append(got, objectOf(s.Fields[entity], row))
	}
	if !slices.Equal(want, got) {
		t.Errorf("%s: the records that were sent are not those written (%d and %d)\n%s", entity, len(got), len(want),
			pipelinetest.Differ([]byte(strings.Join(want, "")), []byte(strings.Join(got, ""))))
	}
}

// objectOf writes a record as a line of NDJSON, by another encoder than ours.
func objectOf(fields []string, row []*string) string {
	var b bytes.Buffer
	for i, name := range fields {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0] + quote(name) + ":")
		switch {
		case row[i] == nil:
			b.WriteString("null")
		case name == "record_no":
			b.WriteString(*row[i])
		default:
			b.WriteString(quote(*row[i]))
		}
	}
	return b.String() + "}\n"
}

func quote(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestValidateReportsWhatHarmonizeReports(t *testing.T) {
	for name, make := range generated {
		text := make(5, records)
		want, full := mustRun(t, newJob(name), text, how{})
		job := newJob(name)
		job.Operation = plan.Validate
		got, checked := mustRun(t, job, text, how{})
		a, b := withoutFormulas(full.Files["issues.ndjson"]), withoutFormulas(checked.Files["issues.ndjson"])
		if a != b {
			t.Errorf("%s: other issues\n%s", name, pipelinetest.Differ([]byte(a), []byte(b)))
		}
		if checked.Files["clean.csv"] != nil || len(checked.Rows) > 0 {
			t.Errorf("%s: validate wrote records", name)
		}
		if want.Report.Accounting != got.Report.Accounting {
			t.Errorf("%s: %+v, want %+v", name, got.Report.Accounting, want.Report.Accounting)
		}
	}
}

// withoutFormulas drops the issues of rule SEC-1, which are about what is written.
func withoutFormulas(text []byte) string {
	var all strings.Builder
	for l := range strings.Lines(string(text)) {
		if !strings.Contains(l, `"rule_id":"SEC-1"`) {
			all.WriteString(l)
		}
	}
	return all.String()
}

func TestEveryFieldThatDidNotStayIsReported(t *testing.T) {
	for name, make := range generated {
		result, sink := mustRun(t, newJob(name), make(6, records), how{})
		reported := map[string]int64{}
		for _, i := range issuesOf(t, sink) {
			reported[i.Column+"\x00"+i.Outcome] += i.Count
		}
		for _, c := range result.Report.Columns {
			nulled := int64(0)
			for _, n := range c.Nulled {
				nulled += n
			}
			for outcome, n := range map[string]int64{"changed": c.Changed, "kept": c.Kept, "nulled": nulled} {
				if got := reported[c.Header+"\x00"+outcome]; got < n {
					t.Errorf("%s, %s: %d fields %s, %d issues", name, c.Header, n, outcome, got)
				}
			}
		}
	}
}
