package pipelinetest

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	sequential  = regexp.MustCompile(`(?m)^SEQUENTIAL := (.*)$`)
	goStatement = regexp.MustCompile(`(?m)^\s*go (func\b|[\w.]+\()|\.Parallel\(\)|RunParallel\(`)
	ownImport   = regexp.MustCompile(`"` + module + `go-harmonizer/internal/([\w/]+)"`)
)

// The Makefile tests these packages without the race detector, which finds nothing where nothing runs at the same time.
func TestSequentialPackagesStartNoGoroutine(t *testing.T) {
	line := sequential.FindSubmatch(Read(t, filepath.Join(Root(t), "Makefile")))
	if line == nil {
		t.Fatal("the Makefile names no sequential packages")
	}
	names := strings.Split(string(line[1]), "|")
	for _, name := range names {
		files, err := filepath.Glob(filepath.Join(Root(t), "go-harmonizer", "internal", name, "*.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no source: %v", name, err)
		}
		for _, file := range files {
			startsNone(t, file, names)
		}
	}
}

func startsNone(t *testing.T, file string, names []string) {
	t.Helper()
	source := Read(t, file)
	if found := goStatement.Find(source); found != nil {
		t.Errorf("%s has %q", file, found)
	}
	for _, found := range ownImport.FindAllSubmatch(source, -1) {
		if other := string(found[1]); !slices.Contains(names, other) {
			t.Errorf("%s imports %s, which is not sequential", file, other)
		}
	}
}
