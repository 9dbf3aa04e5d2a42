package pipeline_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// ways are other ways to do the same work; the first is the oracle. A segment is never smaller than what one read brought.
var ways = []how{
	{name: "one worker, one segment", workers: 1},
	{name: "one worker, tiny segments", workers: 1, segment: 1, chunk: 40},
	{name: "two workers", workers: 2, segment: 4 << 10, chunk: 1 << 10},
	{name: "eight workers, tiny segments", workers: 8, segment: 64, chunk: 100},
	{name: "eight workers, scratch on disk", workers: 8, segment: 1 << 10, chunk: 300, limits: pipeline.Limits{ScratchMemory: -1, DedupMemory: 1}},
	{name: "bytes one by one", workers: 2, segment: 512, chunk: 1},
	{name: "pieces of 4 MiB", workers: 2, segment: 64 << 10, chunk: 4 << 20},
}

// variants are jobs that lead through different parts of the engine.
var variants = map[string]func(*pipeline.Job){
	"harmonize":     func(*pipeline.Job) {},
	"quarantine":    func(j *pipeline.Job) { j.Quarantine, j.Format = true, encode.NDJSON },
	"most complete": func(j *pipeline.Job) { j.Policy, j.Quarantine = cross.MostComplete, true },
	"report":        func(j *pipeline.Job) { j.Policy = cross.Report },
	"validate":      func(j *pipeline.Job) { j.Operation = plan.Validate },
	"clean":         func(j *pipeline.Job) { j.Operation = plan.Clean },
	"standardize":   func(j *pipeline.Job) { j.Operation = plan.Standardize },
	"prefix":        func(j *pipeline.Job) { j.Prefix = true },
	"match, merge":  func(j *pipeline.Job) { j.Match, j.Policy = true, cross.Merge },
	"verified":      func(j *pipeline.Job) { j.Match, j.VerifyDuplicates, j.Policy = true, true, cross.KeepFirst },
}

func TestBytesDoNotDependOnHowTheWorkIsDone(t *testing.T) {
	for i, name := range slices.Sorted(maps.Keys(generated)) {
		text := generated[name](1, 80)
		for j, variant := range slices.Sorted(maps.Keys(variants)) {
			t.Run(name+"/"+variant, func(t *testing.T) {
				if (i+j)%3 > 0 { // Each file and each variant meets the race detector in some of the pairs.
					pipelinetest.LeaveToPlainRun(t)
				}
				job := newJob(name)
				variants[variant](job)
				_, want := mustRun(t, job, text, ways[0])
				for _, way := range waysOf(variant) {
					_, got := mustRun(t, job, text, way)
					same(t, way.name, want, got)
				}
				job.Plain = true
				_, got := mustRun(t, job, text, ways[1])
				same(t, "without memory of values", want, got)
			})
		}
	}
}

// waysOf are the other ways for a variant: how bytes arrive is all the same to what comes after they are read.
func waysOf(variant string) []how {
	if variant == "harmonize" || variant == "prefix" {
		return ways[1:]
	}
	return ways[2:5]
}

// same compares all that two runs wrote.
func same(t *testing.T, name string, want, got *pipelinetest.Sink) {
	t.Helper()
	if !slices.Equal(want.Order, got.Order) {
		t.Errorf("%s: artifacts %v, want %v", name, got.Order, want.Order)
	}
	for file, text := range want.Files {
		if !bytes.Equal(text, got.Files[file]) {
			t.Errorf("%s: %s differs\n%s", name, file, pipelinetest.Differ(text, got.Files[file]))
		}
	}
	if fmt.Sprint(rowsOf(want)) != fmt.Sprint(rowsOf(got)) || fmt.Sprint(want.Marks) != fmt.Sprint(got.Marks) {
		t.Errorf("%s: other records or amendments were sent", name)
	}
}

func rowsOf(s *pipelinetest.Sink) map[string][]string {
	all := map[string][]string{}
	for entity, rows := range s.Rows {
		for _, row := range rows {
			all[entity] = append(all[entity], line(row))
		}
	}
	return all
}

// line writes a record so that null and empty text differ.
func line(row []*string) string {
	var b bytes.Buffer
	for _, cell := range row {
		if cell == nil {
			b.WriteString("null\x1f")
		} else {
			fmt.Fprintf(&b, "%q\x1f", *cell)
		}
	}
	return b.String()
}
