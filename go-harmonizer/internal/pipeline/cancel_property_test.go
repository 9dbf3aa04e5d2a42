package pipeline_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// prompt is how long a job may take to notice that nobody waits for it, on a busy machine under the race detector.
const prompt = 5 * time.Second

// A job that is cancelled at any moment ends soon, with the reason, and leaves nothing behind.
func TestCancelAtAnyMoment(t *testing.T) {
	files := chart(1, records/4)
	_, calls, whole := cancelled(t, files, time.Hour, -1)
	if whole != nil {
		t.Fatal(whole)
	}
	bySeed(t, 10, func(t *testing.T, seed uint64) {
		defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
		dice := rand.New(rand.NewPCG(seed, 11))
		took, _, err := cancelled(t, files, time.Hour, dice.IntN(calls))
		endsSoon(t, took, err)
		took, _, err = cancelled(t, files, time.Duration(dice.IntN(int(400*time.Millisecond))), -1)
		endsSoon(t, took, err)
	})
}

// endsSoon lets a job succeed that was done before, or wrote its last artifacts.
func endsSoon(t *testing.T, took time.Duration, err error) {
	t.Helper()
	if took > prompt || err != nil && !errors.Is(err, errEnough) {
		t.Errorf("ended %v after it was cancelled, with %v", took, err)
	}
}

var errEnough = errors.New("enough")

// cancelled runs a job that is cancelled after some time, or as the sink is called for the n-th time, and returns how long after that
// it ended, and how often the sink was called.
func cancelled(t *testing.T, files []pipelinetest.File, after time.Duration, n int) (took time.Duration, calls int, err error) {
	t.Helper()
	workers := pool.New(2)
	defer workers.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var at time.Time
	sink := &pipelinetest.Sink{Err: func() error {
		if calls == n {
			at = time.Now()
			cancel(errEnough)
		}
		calls++
		return nil
	}}
	if n < 0 {
		at = time.Now().Add(after)
		defer time.AfterFunc(after, func() { cancel(errEnough) }).Stop()
	}
	job := operating(plan.Harmonize, comparing["match, merge"])
	_, err = pipeline.Run(ctx, workers, job, pipeline.Limits{SegmentBytes: 1 << 10}, pipelinetest.NewJob(files...), sink, &pipeline.Progress{})
	return time.Since(at), calls, err
}
