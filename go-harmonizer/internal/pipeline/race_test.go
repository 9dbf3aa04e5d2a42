//go:build race

package pipeline_test

// The race detector makes everything about ten times slower: fewer records meet the same code.
const (
	records = 80
	seeds   = 1
	most    = 64 << 10 // bytes of a shared file that is run
)
