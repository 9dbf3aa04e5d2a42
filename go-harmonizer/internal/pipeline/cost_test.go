package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// What a run costs in figures that no machine and no load changes. A limit is a third to the whole above what was measured when it
// was set (0.047, 3.8, 16.7, 62): it fails when something is done anew for each record, not when a compiler changes its mind.
const (
	maxAllocations = 0.10 // for each record
	maxAllocated   = 8.0  // bytes, for each byte of input
	maxMoved       = 24.0 // bytes through system calls, for each byte of input, with everything on disk
	maxCalls       = 80.0 // system calls that read or write, for each MB of input, with everything on disk
)

// usual writes laboratory results as a hospital's export has them: few tests, units and flags, many moments and patients.
func usual(n int) []byte {
	m := newMess(11)
	m.WriteString("patient_id,test_name,test_date,result_value,reference_range,unit,abnormal_flag,ordering_provider\n")
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for range n {
		at := start.Add(time.Duration(m.IntN(525_600)) * time.Minute).Format(m.pick("01/02/2006 15:04", "2006-01-02 15:04:05", "02-Jan-2006 15:04"))
		fmt.Fprintf(m, "PT-%05d,%s,%s,%.1f,70-99,%s,%s,%sPROV%03d\n", m.IntN(2000), m.pick("Glucose", "GLUCOSE", "Blood Glucose"), at,
			60+m.Float64()*120, m.pick("mg/dL", "MG/DL", ""), m.pick("N", "High", "L", ""), m.pick("", " "), m.IntN(300))
	}
	return []byte(m.String())
}

// cost is what a run took of the process.
type cost struct{ allocations, allocated, moved, calls float64 }

func (c cost) minus(o cost) cost {
	return cost{c.allocations - o.allocations, c.allocated - o.allocated, c.moved - o.moved, c.calls - o.calls}
}

// TestCost compares a run with one of twice the records, so that what a run costs whatever its size plays no part.
func TestCost(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	const few, many = 100_000, 200_000
	small, large := usual(few), usual(many)
	size := float64(len(large) - len(small))
	measure(t, small, pipeline.Limits{}) // What a process reads once is read.
	spent := measure(t, large, pipeline.Limits{}).minus(measure(t, small, pipeline.Limits{}))
	atMost(t, "allocations for each record", spent.allocations/(many-few), maxAllocations)
	atMost(t, "bytes allocated for each byte of input", spent.allocated/size, maxAllocated)
	if runtime.GOOS != "linux" {
		return // Only Linux tells what goes through system calls; CI runs there.
	}
	onDisk := pipeline.Limits{ScratchMemory: -1, DedupMemory: 1, ScratchDir: t.TempDir()}
	spent = measure(t, large, onDisk).minus(measure(t, small, onDisk))
	atMost(t, "bytes moved for each byte of input", spent.moved/size, maxMoved)
	atMost(t, "system calls for each MB of input", spent.calls/(size/1e6), maxCalls)
}

func atMost(t *testing.T, what string, got, limit float64) {
	t.Helper()
	t.Logf("%.4g %s, of at most %.4g", got, what, limit)
	if got <= 0 {
		t.Errorf("%s: nothing was measured", what)
	}
	if got > limit {
		t.Errorf("%.4g %s, more than %.4g", got, what, limit)
	}
}

// measure runs the default job.
func measure(t *testing.T, text []byte, limits pipeline.Limits) cost {
	t.Helper()
	workers := pool.New(2)
	defer workers.Close()
	job := newJob("labs.csv")
	job.Records, job.Wants[pipeline.LineageArtifact] = false, false
	before := spentSoFar(t)
	file := &pipeline.One{Name: "labs.csv", SizeBytes: int64(len(text)), Bytes: bytes.NewReader(text)}
	if _, err := pipeline.Run(context.Background(), workers, job, limits, file, &drop{}, &pipeline.Progress{}); err != nil {
		t.Fatal(err)
	}
	return spentSoFar(t).minus(before)
}

func spentSoFar(t *testing.T) cost {
	t.Helper()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c := cost{allocations: float64(m.Mallocs), allocated: float64(m.TotalAlloc)}
	text, err := os.ReadFile("/proc/self/io")
	if runtime.GOOS != "linux" {
		return c
	}
	if err != nil {
		t.Fatal(err)
	}
	var read, written, reads, writes float64
	if _, err := fmt.Sscanf(string(text), "rchar: %f\nwchar: %f\nsyscr: %f\nsyscw: %f", &read, &written, &reads, &writes); err != nil {
		t.Fatal(err)
	}
	c.moved, c.calls = read+written, reads+writes
	return c
}
