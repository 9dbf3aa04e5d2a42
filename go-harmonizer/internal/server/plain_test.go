package server

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"time"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// pace is how a job is run; nothing of it may show in what is written.
type pace struct {
	workers, segment int // segment in bytes, 0: the default
	plain            bool
}

// TestFastIsPlain holds the fast paths to the oracle on every case of the corpus: one worker that computes every cell anew. A case has
// few records, so its rows come again and again behind it: only then do values repeat, and batches meet.
func TestFastIsPlain(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for _, c := range pipelinetest.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			for _, format := range []harmonizerv1.OutputFormat{harmonizerv1.OutputFormat_OUTPUT_FORMAT_CSV,
				harmonizerv1.OutputFormat_OUTPUT_FORMAT_NDJSON} {
				spec := as(newSpec(t, c.FileName, c.Spec), format)
				for _, c.Input = range [][]byte{c.Input, again(c.Input)} {
					want, wantErr := atPace(t, spec, c, pace{workers: 1, plain: true})
					got, err := atPace(t, spec, c, pace{workers: 4, segment: 200})
					sameFiles(t, want, got)
					if (err == nil) != (wantErr == nil) || err != nil && *refused(err) != *refused(wantErr) {
						t.Errorf("plain: %v, fast: %v", wantErr, err)
					}
				}
			}
		})
	}
}

// again repeats what follows the first line of a file.
func again(text []byte) []byte {
	_, rows, _ := bytes.Cut(text, []byte{'\n'})
	return slices.Concat(text, rows, rows, rows)
}

func atPace(t *testing.T, spec *harmonizerv1.HarmonizeSpec, c pipelinetest.Case, p pace) (map[string][]byte, error) {
	job, err := newJob(spec, &Options{Version: "test", Key: testKey}, time.Unix(0, 0))
	if err != nil {
		return nil, toStatus(t.Context(), err)
	}
	workers := pool.New(p.workers)
	defer workers.Close()
	job.Plain = p.plain
	sink, files := &pipelinetest.Sink{}, c.Files()
	files[0].Name = spec.GetFileName()
	_, err = pipeline.Run(t.Context(), workers, job, pipeline.Limits{SegmentBytes: p.segment}, pipelinetest.NewJob(files...), sink, &pipeline.Progress{})
	return sink.Files, toStatus(t.Context(), err)
}

// sameFiles compares what two runs wrote. Of a run that is refused, it counts only that it was.
func sameFiles(t *testing.T, want, got map[string][]byte) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !bytes.Equal(want[name], got[name]) {
			t.Errorf("%s differs\n%s", name, pipelinetest.Differ(want[name], got[name]))
		}
	}
	if len(want) != len(got) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}
