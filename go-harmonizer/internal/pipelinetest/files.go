package pipelinetest

import (
	"bytes"
	"io"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
)

// Job gives files to a run; it implements pipeline.Files.
type Job struct {
	files []File
	next  int
}

// NewJob makes a job of files.
func NewJob(files ...File) *Job { return &Job{files: files} }

// Next gives the next file.
func (j *Job) Next() (*pipeline.File, error) {
	if j.next == len(j.files) {
		return nil, io.EOF
	}
	f := j.files[j.next]
	j.next++
	return &pipeline.File{Name: f.Name, SizeBytes: int64(len(f.Bytes)), Bytes: bytes.NewReader(f.Bytes)}, nil
}
