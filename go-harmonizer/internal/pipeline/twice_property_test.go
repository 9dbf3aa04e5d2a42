package pipeline_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// settled are the jobs for which rule 0.10 holds by construction. Matching what a merge has made is left out: a merged record says more
// than any of those that it was made of, and so may match others; see TestMatchedAndMergedTwice.
func settled() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(comparing)), func(name string) bool { return name == "match, merge" })
}

// Rule 0.10 for every policy, and into both formats.
func TestTwiceIsOnceUnderEveryPolicy(t *testing.T) {
	bySeed(t, seeds/4+1, func(t *testing.T, seed uint64) {
		for _, name := range slices.Sorted(maps.Keys(generated)) {
			for _, policy := range settled() {
				t.Run(name+"/"+policy, func(t *testing.T) {
					job := newJob(name)
					comparing[policy](job)
					text := generated[name](seed, records/2)
					result, sink := mustRun(t, job, text, how{})
					harmonizedTwice(t, name, sink, result, comparing[policy])
					job.Format = encode.NDJSON
					_, once := mustRun(t, job, text, how{})
					if name == "observations.csv" {
						return // It becomes three files.
					}
					job.Entity = result.Report.Entity
					_, twice := mustRun(t, job, sink.Files["clean.csv"], how{})
					equalBytes(t, "clean.ndjson", once.Files["clean.ndjson"], twice.Files["clean.ndjson"])
				})
			}
		}
	})
}

func equalBytes(t *testing.T, name string, want, got []byte) {
	t.Helper()
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs\n%s", name, pipelinetest.Differ(want, got))
	}
}

// Rule 0.10 for jobs of several files: their clean files are harmonized together again, in their order and under their names.
func TestFilesTogetherTwiceAreOnce(t *testing.T) {
	bySeed(t, seeds/4+1, func(t *testing.T, seed uint64) {
		for _, policy := range settled() {
			t.Run(policy, func(t *testing.T) {
				files := chart(seed, records/4)
				made, first := do(t, operating(plan.Harmonize, comparing[policy]), files, how{})
				again := cleanFiles(t, made, first, files)
				result, second := do(t, operating(plan.Harmonize, comparing[policy]), again, how{})
				for i, name := range cleanNames(made) {
					if f := result.Report.Files[i]; !f.Harmonized {
						t.Errorf("%s is not taken for a harmonized file", name)
					}
					equalBytes(t, name, first.Files[name], second.Files[name])
				}
				asNDJSON := func(j *pipeline.Job) {
					comparing[policy](j)
					j.Format = encode.NDJSON
				}
				made, want := do(t, operating(plan.Harmonize, asNDJSON), files, how{})
				_, got := do(t, operating(plan.Harmonize, asNDJSON), again, how{})
				for _, name := range cleanNames(made) {
					equalBytes(t, name, want.Files[name], got.Files[name])
				}
			})
		}
	})
}

// cleanFiles are the clean files of a job under the names of what they were made of.
func cleanFiles(t *testing.T, r *pipeline.Result, s *pipelinetest.Sink, from []pipelinetest.File) (all []pipelinetest.File) {
	t.Helper()
	names := cleanNames(r)
	if len(names) < len(from) {
		t.Fatalf("%d files became %v", len(from), names)
	}
	for i, name := range names {
		all = append(all, pipelinetest.File{Name: from[min(i, len(from)-1)].Name, Bytes: s.Files[name]})
	}
	return all
}

// Where the records of a person are like each other and unlike those of others, merging what matches is done at once, too.
func TestMatchedAndMergedTwice(t *testing.T) {
	bySeed(t, seeds/4+1, func(t *testing.T, seed uint64) {
		files := filesOf(orderSheets(seed, records/4))
		made, first := do(t, operating(plan.Harmonize, comparing["match, merge"]), files, how{})
		again, second := do(t, operating(plan.Harmonize, comparing["match, merge"]), cleanFiles(t, made, first, files), how{})
		for _, name := range cleanNames(made) {
			equalBytes(t, name, first.Files[name], second.Files[name])
		}
		if made.Report.Accounting.Duplicates == 0 || again.Report.Accounting.Duplicates > 0 {
			t.Errorf("%d records left, then %d", made.Report.Accounting.Duplicates, again.Report.Accounting.Duplicates)
		}
	})
}
