package pipeline

import (
	"context"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

type nowhere struct{}

func (nowhere) Artifact(Kind, string, []byte) error             { return nil }
func (nowhere) Schema(int, string, []string) error              { return nil }
func (nowhere) Records(int, string, *encode.Cells, []int) error { return nil }
func (nowhere) Amend(int, []Mark) error                         { return nil }

// A worker that panics half way through a segment must not leave a result that is taken for a whole one.
func TestAPanicOfAWorkerEndsTheRunWithItsPlace(t *testing.T) {
	workers := pool.New(2)
	defer workers.Close()
	job := &Job{FileName: "x.csv", Params: rule.Params{AsOf: rule.Date{Year: 2026, Month: 11, Day: 20}}}
	w, ctx, stop := newWork(context.Background(), workers, job, Limits{}, nowhere{}, &Progress{})
	defer stop()
	r := w.newRun(&File{Name: "x.csv"})
	segments := surveyed(t, ctx, r)
	e := r.start()
	e.change = func(*segment, *plan.Table) { panic("CANARY-value") }
	err := r.feedAll(ctx, e, segments)
	if err = cause(ctx, err); err == nil || fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "panic_test.go") {
		t.Errorf("got %v, want an internal fault that names the place", err)
	}
	if err != nil && strings.Contains(err.Error(), "CANARY") {
		t.Error("the error quotes the panic")
	}
}

func surveyed(t *testing.T, ctx context.Context, r *run) []*segment {
	t.Helper()
	if err := r.open(strings.NewReader("a,b\n1,2\n3,4\n")); err != nil {
		t.Fatal(err)
	}
	if err := r.source.sniff(ctx); err != nil {
		t.Fatal(err)
	}
	segments, err := r.weighAll(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return segments
}

func (r *run) feedAll(ctx context.Context, e *engine, segments []*segment) error {
	for _, seg := range segments {
		if err := e.feed(ctx, seg); err != nil {
			return err
		}
	}
	return e.finish(ctx)
}
