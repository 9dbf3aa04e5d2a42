package pipeline_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// trace is a line of lineage.ndjson.
type trace struct {
	File    string  `json:"file"`
	Record  int64   `json:"record_no"`
	Field   *string `json:"field"`
	Column  *string `json:"source_column"`
	Source  *string `json:"source_value"`
	Outcome string  `json:"outcome"`
	Output  *string `json:"output_value"`
	Rules   []struct {
		ID      string `json:"rule_id"`
		Version string `json:"rule_version"`
		Message string `json:"message"`
	} `json:"rules"`
	From []struct {
		File   string `json:"file"`
		Record int64  `json:"record_no"`
	} `json:"from"`
}

func traces(t *testing.T, s *pipelinetest.Sink) (all []trace) {
	t.Helper()
	for line := range bytes.Lines(s.Files["lineage.ndjson"]) {
		var one trace
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, one)
	}
	return all
}

// Every line says which rules of the book made the value what it is; values are those that were written (rule DQ-6).
func TestLineageExplainsTheOutput(t *testing.T) {
	lines := 0
	for _, c := range pipelinetest.Cases(t) {
		job := newJob(c.FileName)
		job.Format = encode.NDJSON
		_, sink, err := run(t, job, c.Input, how{workers: 2, segment: 1 << 10})
		if err != nil {
			continue
		}
		written := cellsOf(sink)
		all, last, left := traces(t, sink), int64(0), map[int64]bool{}
		for _, l := range all {
			left[l.Record] = left[l.Record] || l.Outcome == encode.RemovedOutcome // One of those that a row became, perhaps.
		}
		for _, l := range all {
			lines++
			field := ""
			if l.Field != nil {
				field = *l.Field
			}
			where := fmt.Sprintf("%s: record %d, %s", c.Name, l.Record, field)
			if len(l.Rules) == 0 || l.Record < last || l.File != c.FileName || (field == "") != (l.Outcome == encode.RemovedOutcome) {
				t.Errorf("%s: %s, %d rules, in file %s after record %d", where, l.Outcome, len(l.Rules), l.File, last)
			}
			last = l.Record
			for _, r := range l.Rules {
				if _, known := rule.ByID(r.ID); !known || r.Version != rule.BookVersion || r.Message == "" {
					t.Errorf("%s: rule %+v", where, r)
				}
			}
			key := fmt.Sprint(l.Record, " ", field)
			if !left[l.Record] && written[key] != nil && !slices.Contains(written[key], show(l.Output)) {
				t.Errorf("%s: %s in the lineage, %v in the output", where, show(l.Output), written[key])
			}
		}
	}
	if lines < 1000 {
		t.Fatalf("only %d lines", lines)
	}
}

func show(text *string) string {
	if text == nil {
		return "null"
	}
	return fmt.Sprintf("%q", *text)
}

// cellsOf returns the texts of a field of a record: several where the record was split.
func cellsOf(s *pipelinetest.Sink) map[string][]string {
	all := map[string][]string{}
	for name, fields := range s.Fields {
		at := slices.Index(fields, "record_no")
		for _, row := range s.Amended(name) {
			for i, field := range fields {
				key := *row[at] + " " + field
				all[key] = append(all[key], show(row[i]))
			}
		}
	}
	return all
}

// What a comparison of records does has lines of its own: a record that left names the one that stays, a mark its rule.
func TestLineageOfComparedRecords(t *testing.T) {
	const text = "patient_id,first_name,last_name,dob,phone\n" +
		"P1,Ann,Doe,1980-01-02,\nP1,Ann,Doe,1980-01-02,\nP1,Ann,Doe,1980-01-02,405-901-4744\nP2,Bob,Roe,1970-01-01,\nP2,Zoe,Fox,1990-05-05,\n"
	job := newJob("patients.csv")
	job.Policy = cross.Merge
	_, sink := mustRun(t, job, []byte(text), how{})
	var got []string
	for _, l := range traces(t, sink) {
		if id := l.Rules[0].ID; id[:3] == "DED" {
			field := "record"
			if l.Field != nil {
				field = *l.Field
			}
			got = append(got, fmt.Sprint(l.Record, " ", field, " ", l.Outcome, " ", show(l.Output), " ", id, " ", l.From))
		}
	}
	for _, want := range []string{
		`2 record removed null DED-1 [{patients.csv 1}]`,
		`3 record removed null DED-6 [{patients.csv 1}]`,
		`1 phone changed "+14059014744" DED-6 [{patients.csv 3}]`,
		`4 collision_group changed "4" DED-3 []`,
		`5 collision_group changed "4" DED-3 []`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no line %s in %q", want, got)
		}
	}
}

// Nothing is written that nobody asked for, and nothing by an operation that writes no records.
func TestLineageIsOptIn(t *testing.T) {
	for name, change := range map[string]func(*pipeline.Job){
		"not asked for": func(j *pipeline.Job) { j.Wants[pipeline.LineageArtifact] = false },
		"validate":      func(j *pipeline.Job) { j.Operation = plan.Validate },
	} {
		job := newJob("patients.csv")
		change(job)
		_, sink := mustRun(t, job, patients(1, 20), how{})
		if slices.Contains(slices.Collect(maps.Keys(sink.Files)), "lineage.ndjson") {
			t.Errorf("%s: lineage was written", name)
		}
	}
}
