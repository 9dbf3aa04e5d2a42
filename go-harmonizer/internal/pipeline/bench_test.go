package pipeline_test

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// drop is a sink that counts.
type drop struct{ bytes [16]int64 }

func (d *drop) Artifact(k pipeline.Kind, _ string, data []byte) error {
	d.bytes[k] += int64(len(data))
	return nil
}
func (*drop) Schema(int, string, []string) error              { return nil }
func (*drop) Records(int, string, *encode.Cells, []int) error { return nil }
func (*drop) Amend(int, []pipeline.Mark) error                { return nil }

// BenchmarkFile takes the file that BENCH_FILE names through the engine: `make profile` looks at it.
func BenchmarkFile(b *testing.B) {
	name := os.Getenv("BENCH_FILE")
	if name == "" {
		b.Skip("BENCH_FILE names no file")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	workers := pool.New(runtime.GOMAXPROCS(0))
	defer workers.Close()
	for b.Loop() {
		var sink drop
		job := newJob("labs.csv")
		job.Records, job.Wants[pipeline.LineageArtifact] = false, false
		one := &pipeline.One{Name: "labs.csv", SizeBytes: int64(len(data)), Bytes: bytes.NewReader(data)}
		result, err := pipeline.Run(context.Background(), workers, job, pipeline.Limits{}, one, &sink, &pipeline.Progress{})
		if err != nil {
			b.Fatal(err)
		}
		_ = result
		b.Log(sink.bytes)
	}
}
