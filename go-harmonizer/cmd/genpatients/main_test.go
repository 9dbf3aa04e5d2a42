package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	truth := filepath.Join(t.TempDir(), "truth.csv")
	var out bytes.Buffer
	if err := write(&out, 1, 50, "mixed", truth); err != nil {
		t.Fatal(err)
	}
	who, err := os.ReadFile(truth)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), "\n") != 51 || bytes.Count(who, []byte("\n")) != 51 {
		t.Errorf("%d bytes of patients, %d of truth", out.Len(), len(who))
	}
}

func TestWrongArguments(t *testing.T) {
	for _, c := range []struct {
		n           int
		kind, truth string
	}{{1, "odd", ""}, {-1, "plain", ""}, {1, "plain", filepath.Join(t.TempDir(), "no", "such")}} {
		if err := write(&bytes.Buffer{}, 1, c.n, c.kind, c.truth); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
}
