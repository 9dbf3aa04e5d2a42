package pipelinetest

import "testing"

// LeaveToPlainRun skips a test that takes too long under the race detector, and finds nothing by it. The Makefile runs it without.
func LeaveToPlainRun(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("ten times slower under the race detector: left to the run without it")
	}
}
