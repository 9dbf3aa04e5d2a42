package server

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

// small are files of a job, without the first.
func small(n int) (all []pipelinetest.File) {
	for i := range n {
		all = append(all, pipelinetest.File{Name: fmt.Sprintf("%d.csv", i+2), Bytes: []byte("a,b\n1,2\n")})
	}
	return all
}

// A job has a hundred files; one more is refused, and the bound is named.
func TestTheHundredAndFirstFileIsRefused(t *testing.T) {
	server, text := serve(t, pipeline.Limits{}), []byte("a,b\n1,2\n")
	if _, err := server.harmonize(context.Background(), newSpec(t, "1.csv", nil), text, 100, small(maxFiles-1)...); err != nil {
		t.Fatalf("%d files: %v", maxFiles, err)
	}
	_, err := server.harmonize(context.Background(), newSpec(t, "1.csv", nil), text, 100, small(maxFiles)...)
	if status.Code(err) != codes.ResourceExhausted || infoOf(t, err).GetReason() != "TOO_MANY_FILES" || !strings.Contains(err.Error(), "100") {
		t.Errorf("%v", err)
	}
}

// An error in the second file names it, and its line.
func TestAnErrorInTheSecondFileNamesIt(t *testing.T) {
	server, text := serve(t, pipeline.Limits{}), []byte("a,b\n1,2\n")
	_, err := server.harmonize(context.Background(), newSpec(t, "1.csv", nil), text, 100,
		pipelinetest.File{Name: "2.csv", Bytes: []byte("a,b\n1,2\n\"3,4\n")}, pipelinetest.File{Name: "3.csv", Bytes: text})
	if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "file 2 of the job: line 3 (byte 8)") {
		t.Errorf("%v", err)
	}
	if got := infoOf(t, err); got.GetReason() != "UNCLOSED_QUOTE" || got.GetMetadata()["file"] != "2" {
		t.Errorf("%v", got)
	}
}
