package pipeline_test

import (
	"context"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

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

// BenchmarkFile takes the file that BENCH_FILE names through the engine: `make profile` looks at it. What counts on a busy machine is
// the processor time of a run, and the most memory that the process took for any of them.
func BenchmarkFile(b *testing.B) {
	name := os.Getenv("BENCH_FILE")
	if name == "" {
		b.Skip("BENCH_FILE names no file")
	}
	info, err := os.Stat(name)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	workers := pool.New(runtime.GOMAXPROCS(0))
	defer workers.Close()
	before := processorTime(b)
	for b.Loop() {
		var sink drop
		job := newJob("labs.csv")
		job.Records, job.Wants[pipeline.LineageArtifact] = false, false
		file, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		one := &pipeline.One{Name: "labs.csv", SizeBytes: info.Size(), Bytes: file}
		if _, err := pipeline.Run(context.Background(), workers, job, pipeline.Limits{}, one, &sink, &pipeline.Progress{}); err != nil {
			b.Fatal(err)
		}
		if err := file.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((processorTime(b)-before).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(usage(b).Maxrss)/1024, "peak-MiB")
}

// processorTime is what the process has used so far, of the user and of the system.
func processorTime(b *testing.B) time.Duration {
	u := usage(b)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func usage(b *testing.B) (u syscall.Rusage) {
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u
}
