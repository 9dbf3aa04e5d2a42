package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scratchFiles counts the files without a name that a process has open.
func scratchFiles(t *testing.T, p *process) (n int) {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasSuffix(target, "(deleted)") {
			n++
		}
	}
	return n
}
