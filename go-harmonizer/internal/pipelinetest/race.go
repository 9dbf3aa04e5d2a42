//go:build race

package pipelinetest

const raced = true
