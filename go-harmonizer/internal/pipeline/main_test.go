package pipeline_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var asOf = rule.Date{Year: 2026, Month: 11, Day: 20}

// newJob asks for everything that can be asked for.
func newJob(fileName string) *pipeline.Job {
	job := &pipeline.Job{FileName: fileName, Safe: true, Records: true, Params: rule.Params{AsOf: asOf, DefaultCountry: "US"}}
	for i := range job.Wants {
		job.Wants[i] = true
	}
	return job
}

// how says how a job is run; nothing of it may show in what is written.
type how struct {
	name    string
	workers int
	segment int // bytes, 0: the default
	chunk   int // bytes that one read returns, 0: all
	limits  pipeline.Limits
}

// run takes a text through the rules.
func run(t testing.TB, job *pipeline.Job, text []byte, h how) (*pipeline.Result, *pipelinetest.Sink, error) {
	t.Helper()
	workers := pool.New(max(1, h.workers))
	defer workers.Close()
	h.limits.SegmentBytes = h.segment
	sink := &pipelinetest.Sink{}
	file := &pipeline.One{Name: job.FileName, SizeBytes: job.SizeBytes, Bytes: reader(text, h.chunk)}
	result, err := pipeline.Run(context.Background(), workers, job, h.limits, file, sink, &pipeline.Progress{})
	return result, sink, err
}

// mustRun is run for what has to succeed.
func mustRun(t testing.TB, job *pipeline.Job, text []byte, h how) (*pipeline.Result, *pipelinetest.Sink) {
	t.Helper()
	result, sink, err := run(t, job, text, h)
	if err != nil {
		t.Fatalf("%s: %v", h.name, err)
	}
	return result, sink
}

func reader(text []byte, chunk int) io.Reader {
	if chunk == 0 {
		return bytes.NewReader(text)
	}
	return &pieces{bytes.NewReader(text), chunk}
}

// pieces returns at most so many bytes at once.
type pieces struct {
	io.Reader
	most int
}

func (p *pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.most)]) }
