package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProfile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "cpu.pprof")
	stop, err := startProfile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if found, err := os.ReadFile(name); err != nil || !bytes.HasPrefix(found, []byte("\x1f\x8b")) {
		t.Errorf("not a profile: %v", err)
	}
}

func TestProfileIsOff(t *testing.T) {
	stop, err := startProfile("")
	if err != nil || stop() != nil {
		t.Errorf("startProfile without a name: %v", err)
	}
}

func TestProfileNowhere(t *testing.T) {
	if _, err := startProfile(filepath.Join(t.TempDir(), "none", "cpu.pprof")); err == nil || !strings.Contains(err.Error(), profileSetting) {
		t.Errorf("got %v, want an error that names the setting", err)
	}
}
