package pipeline_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// several are jobs of several files that lead through what those of one do not have.
var several = map[string]func(*testing.T, *pipeline.Job){
	"together":     func(*testing.T, *pipeline.Job) {},
	"match, merge": func(_ *testing.T, j *pipeline.Job) { j.Match, j.Policy = true, cross.Merge },
	"quarantine":   func(_ *testing.T, j *pipeline.Job) { j.Match, j.Quarantine, j.VerifyDuplicates = true, true, true },
	"private": func(t *testing.T, j *pipeline.Job) {
		private(t, j)
		j.Match, j.Policy, j.Format = true, cross.MostComplete, encode.NDJSON
	},
	"private, merge": func(t *testing.T, j *pipeline.Job) {
		private(t, j)
		j.Policy, j.Quarantine = cross.Merge, true
	},
	"validate": func(_ *testing.T, j *pipeline.Job) { j.Match, j.Operation = true, plan.Validate },
}

// Nor do they for jobs of several files.
func TestBytesOfFilesTogetherDoNotDependOnHowTheWorkIsDone(t *testing.T) {
	bySeed(t, 1, func(t *testing.T, seed uint64) {
		files := chart(seed, records/4)
		for _, name := range slices.Sorted(maps.Keys(several)) {
			t.Run(name, func(t *testing.T) {
				job := newJob("")
				several[name](t, job)
				_, want := do(t, job, files, ways[0])
				for _, way := range ways[2:5] {
					if way.limits.DedupMemory > 0 {
						way.limits.DedupMemory = 64 << 10 // References have to fit.
					}
					_, got := do(t, job, files, way)
					same(t, way.name, want, got)
				}
				job.Plain = true
				_, got := do(t, job, files, ways[3])
				same(t, "without memory of values", want, got)
			})
		}
	})
}
