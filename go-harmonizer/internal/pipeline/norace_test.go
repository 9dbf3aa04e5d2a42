//go:build !race

package pipeline_test

const (
	records = 400
	seeds   = 4
	most    = 1 << 30
)
