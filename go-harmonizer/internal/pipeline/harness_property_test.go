package pipeline_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// chart is a job of files of all entities, and two of some. A mixed file comes last: it becomes three.
func chart(seed uint64, n int) []pipelinetest.File {
	return []pipelinetest.File{
		{Name: "labs.csv", Bytes: labs(seed, n)}, {Name: "patients.csv", Bytes: patients(seed, n)}, {Name: "people.csv", Bytes: people(seed, n)},
		{Name: "more people.csv", Bytes: people(seed+1000, n)}, {Name: "vitals.csv", Bytes: vitals(seed, n)},
		{Name: "long vitals.csv", Bytes: longVitals(seed, n)}, {Name: "encounters.csv", Bytes: encounters(seed, n)},
		{Name: "medications.csv", Bytes: medications(seed, n)}, {Name: "conditions.csv", Bytes: conditions(seed, n)},
		{Name: "imaging.csv", Bytes: imaging(seed, n)}, {Name: "=items.csv", Bytes: items(seed, n)}, {Name: "labs again.csv", Bytes: labs(seed, n/2)},
		{Name: "observations.csv", Bytes: mixed(seed, n)},
	}
}

// chartOf are the entities of the files of a chart.
var chartOf = []string{"lab_result", "patient", "patient", "patient", "vital", "vital", "encounter", "medication", "condition", "imaging_study",
	"generic", "lab_result", "lab_result"}

// slowly gives the files of a job whose reads return at most so many bytes.
type slowly struct {
	pipeline.Files
	chunk int
}

func (s slowly) Next() (*pipeline.File, error) {
	f, err := s.Files.Next()
	if err == nil && s.chunk > 0 {
		f.Bytes = &pieces{f.Bytes, s.chunk}
	}
	return f, err
}

// runAll takes files through the rules as one job.
func runAll(t testing.TB, job *pipeline.Job, files []pipelinetest.File, h how) (*pipeline.Result, *pipelinetest.Sink, error) {
	t.Helper()
	workers, sink := pool.New(cmp.Or(h.workers, 2)), &pipelinetest.Sink{}
	defer workers.Close()
	h.limits.SegmentBytes = cmp.Or(h.segment, 4<<10)
	result, err := pipeline.Run(context.Background(), workers, job, h.limits, slowly{pipelinetest.NewJob(files...), h.chunk}, sink, &pipeline.Progress{})
	return result, sink, err
}

// do is runAll for what has to succeed.
func do(t testing.TB, job *pipeline.Job, files []pipelinetest.File, h how) (*pipeline.Result, *pipelinetest.Sink) {
	t.Helper()
	result, sink, err := runAll(t, job, files, h)
	if err != nil {
		t.Fatalf("%s: %v", h.name, err)
	}
	return result, sink
}

// comparing are jobs that compare records in different ways.
var comparing = map[string]func(*pipeline.Job){
	"by entity":     func(*pipeline.Job) {},
	"report":        func(j *pipeline.Job) { j.Policy = cross.Report },
	"keep first":    func(j *pipeline.Job) { j.Policy, j.Quarantine = cross.KeepFirst, true },
	"most complete": func(j *pipeline.Job) { j.Policy, j.VerifyDuplicates = cross.MostComplete, true },
	"merge":         func(j *pipeline.Job) { j.Policy, j.Priority = cross.Merge, []string{"more people.csv", "people.csv"} },
	"match":         func(j *pipeline.Job) { j.Match, j.Quarantine = true, true },
	"match, merge":  func(j *pipeline.Job) { j.Match, j.Policy = true, cross.Merge },
}

// cleanNames are the clean files in the order of the files that they were made of.
func cleanNames(r *pipeline.Result) (all []string) {
	for _, part := range r.Report.Entities {
		if part.Artifact != "" {
			all = append(all, part.Artifact)
		}
	}
	return all
}

// cell is one of an NDJSON line; nil: null.
type cell = *string

// objects reads NDJSON of texts, numbers and nulls; a number becomes its text.
func objects(t testing.TB, text []byte) (all []map[string]cell) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	for {
		one := map[string]any{}
		if err := d.Decode(&one); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		row := map[string]cell{}
		for name, value := range one {
			row[name] = nil
			switch v := value.(type) {
			case string:
				row[name] = &v
			case json.Number:
				number := v.String()
				row[name] = &number
			}
		}
		all = append(all, row)
	}
}

func text(c cell) string {
	if c == nil {
		return ""
	}
	return *c
}

// operating makes a job of an operation.
func operating(o plan.Operation, change func(*pipeline.Job)) *pipeline.Job {
	job := newJob("")
	job.Operation = o
	change(job)
	return job
}

func TestChartsHoldAllEntities(t *testing.T) {
	result, sink := do(t, newJob(""), chart(1, records), how{})
	var got []string
	for _, f := range result.Report.Files {
		got = append(got, f.Entity)
	}
	if !slices.Equal(got, chartOf) {
		t.Errorf("entities %v, want %v", got, chartOf)
	}
	issues := issuesOf(t, sink)
	for _, rule := range []string{"DED-1", "DED-2", "DED-3", "DED-4", "VAL-REF-1", "STD-CSV-1", "STD-SEX-1"} {
		if countRule(issues, rule) == 0 {
			t.Errorf("nothing of %s is in a chart", rule)
		}
	}
}
