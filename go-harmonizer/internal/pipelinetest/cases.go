package pipelinetest

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Root is the root of the repository.
func Root(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("the source of the tests is not known")
	}
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// Case is a folder of tests/cases. Its input is input.*; a job of several files has input1.*, input2.* and so on.
type Case struct {
	Name, Dir string
	// FileName is that of the input, Input its bytes; of several, the first.
	FileName string
	Input    []byte
	// More are the further files of the job.
	More []File
	// Spec is spec.json, empty when there is none.
	Spec []byte
}

// File is a file of a case.
type File struct {
	Name  string
	Bytes []byte
}

// Files are all files of the case.
func (c *Case) Files() []File { return append([]File{{c.FileName, c.Input}}, c.More...) }

// Cases returns all cases.
func Cases(t testing.TB) []Case {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(Root(t), "tests", "cases", "*", "input*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var all []Case
	for _, path := range paths { // Those of one folder stand together, in order.
		dir, f := filepath.Dir(path), File{filepath.Base(path), Read(t, path)}
		if n := len(all); n > 0 && all[n-1].Dir == dir {
			all[n-1].More = append(all[n-1].More, f)
			continue
		}
		c := Case{Name: filepath.Base(dir), Dir: dir, FileName: f.Name, Input: f.Bytes}
		if spec, err := os.ReadFile(filepath.Join(dir, "spec.json")); err == nil {
			c.Spec = spec
		}
		all = append(all, c)
	}
	return all
}

// Read returns the bytes of a file that has to be there.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Updating tells that golden files are rewritten.
func Updating() bool { return os.Getenv("UPDATE_GOLDEN") != "" }

// Golden compares a text with a file, or rewrites the file. A file that is not there stands for nil.
func Golden(t testing.TB, path string, got []byte) {
	t.Helper()
	if Updating() {
		rewrite(t, path, got)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs; make golden rewrites it\n%s", filepath.Base(path), Differ(want, got))
	}
}

func rewrite(t testing.TB, path string, text []byte) {
	t.Helper()
	err := os.Remove(path)
	if text != nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

// Differ shows the first line in which two texts differ. It is for synthetic values only.
func Differ(want, got []byte) string {
	a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range max(len(a), len(b)) {
		if line(a, i) != line(b, i) {
			return "want: " + line(a, i) + "\n got: " + line(b, i)
		}
	}
	return "no line differs"
}

func line(all []string, i int) string {
	if i >= len(all) {
		return "(end)"
	}
	return all[i]
}
