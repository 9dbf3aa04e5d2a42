package pipeline_test

import (
	"testing"
)

// A store keeps its bytes in blocks of 64 KiB and more; a segment that lies across two of them is copied, the others are not.
func TestSegmentsAcrossBlocksOfScratch(t *testing.T) {
	text := labs(2, 15*records)
	job := newJob("labs.csv")
	_, want := mustRun(t, job, text, ways[0])
	for _, segment := range []int{3 << 10, 20 << 10, 50 << 10} {
		for _, workers := range []int{1, 8} {
			_, got := mustRun(t, job, text, how{workers: workers, segment: segment, chunk: 1000})
			same(t, "across blocks", want, got)
		}
	}
}
