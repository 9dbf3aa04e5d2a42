package pipeline_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

const (
	longest = 30 * time.Second // that a file of a few megabytes may take, with the race detector on
	large   = 1 << 20          // bytes; files beyond are only run once
)

// Real files of others: each is accounted for to the record, or refused with a reason; and stays as it is the second time.
func TestSharedData(t *testing.T) {
	dir := filepath.Join(pipelinetest.Root(t), "..", "shared", "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared data is not on this machine: nothing was tested")
	}
	files, skipped := 0, 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".csv") && !strings.HasSuffix(path, ".csv.gz") {
			return err
		}
		if info, err := entry.Info(); err != nil || info.Size() > most {
			skipped++
			return err
		}
		files++
		name, _ := filepath.Rel(dir, path)
		t.Run(name, func(t *testing.T) { sharedFile(t, filepath.Base(path), pipelinetest.Read(t, path)) })
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files: %v", files, err)
	}
	if skipped > 0 {
		t.Logf("%d files beyond %d bytes are left", skipped, most)
		pipelinetest.LeaveToPlainRun(t)
	}
}

func sharedFile(t *testing.T, name string, text []byte) {
	start := time.Now()
	result, sink, err := run(t, newJob(name), text, how{workers: 2})
	if took := time.Since(start); took > longest {
		t.Errorf("%v for %d bytes", took, len(text))
	}
	if err != nil {
		if kind := fault.KindOf(err); kind != fault.Invalid {
			t.Errorf("refused with kind %d: %v", kind, err)
		}
		t.Logf("refused: %v", err)
		return
	}
	if err := result.Report.Accounting.Check(); err != nil {
		t.Error(err)
	}
	if lines := countRecords(sink); lines != result.Report.Accounting.Written+result.Report.Accounting.Routed {
		t.Errorf("%d records were sent, the account says %+v", lines, result.Report.Accounting)
	}
	if len(text) < large {
		harmonizedTwice(t, name, sink, result, func(*pipeline.Job) {})
	}
}

func countRecords(s *pipelinetest.Sink) (n int64) {
	for entity := range s.Rows {
		n += int64(len(s.Amended(entity)))
	}
	return n
}
