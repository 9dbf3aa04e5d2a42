package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(buildDir)
		os.Exit(code)
	}))
}

func TestSettingsHaveDefaults(t *testing.T) {
	s, err := readSettings([]string{"PATH=/bin", "HARMONIZERD_WORKERS=", "HARMONIZERD_BIN=/x"})
	if err != nil {
		t.Fatal(err)
	}
	if s.listen != "127.0.0.1:8081" || s.metricsListen != "127.0.0.1:8082" || s.drain != 30*time.Second || s.workers < 1 || s.maxStreams != 256 {
		t.Errorf("%+v", s)
	}
}

func TestSettingsAreRead(t *testing.T) {
	s, err := readSettings([]string{"HARMONIZERD_LISTEN=[::1]:1", "HARMONIZERD_METRICS_LISTEN=localhost:2", "HARMONIZERD_WORKERS=3",
		"HARMONIZERD_DRAIN_SECONDS=0.5", "HARMONIZERD_DRAIN_NOTICE_SECONDS=2", "HARMONIZERD_SEGMENT_BYTES=4096", "HARMONIZERD_MAX_COLUMNS=7",
		"HARMONIZERD_MAX_FIELD_BYTES=8",
		"HARMONIZERD_SCRATCH_DIR=" + t.TempDir(), "HARMONIZERD_MAX_SCRATCH_BYTES=9"})
	if err != nil {
		t.Fatal(err)
	}
	if s.listen != "[::1]:1" || s.workers != 3 || s.drain != 500*time.Millisecond || s.notice != 2*time.Second ||
		s.limits.SegmentBytes != 4096 || s.limits.MaxColumns != 7 ||
		s.limits.MaxField != 8 || s.limits.MaxScratch != 9 {
		t.Errorf("%+v", s)
	}
}

func TestABadSettingNamesItselfAndNotItsValue(t *testing.T) {
	file := filepath.Join(t.TempDir(), "CANARY")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, pair := range []string{
		"HARMONIZERD_WORKER=2", "HARMONIZERD_WORKERS=CANARY", "HARMONIZERD_WORKERS=0", "HARMONIZERD_WORKERS=-1", "HARMONIZERD_WORKERS=1.5",
		"HARMONIZERD_MAX_STREAMS=CANARY", "HARMONIZERD_DRAIN_SECONDS=CANARY", "HARMONIZERD_DRAIN_SECONDS=-1", "HARMONIZERD_DRAIN_SECONDS=NaN",
		"HARMONIZERD_DRAIN_SECONDS=1e300", "HARMONIZERD_DRAIN_NOTICE_SECONDS=CANARY",
		"HARMONIZERD_ALLOW_UNAUTHENTICATED_BIND=CANARY", "HARMONIZERD_SCRATCH_DIR=" + file,
		"HARMONIZERD_SCRATCH_DIR=/no/such/CANARY", "HARMONIZERD_LISTEN=CANARY", "HARMONIZERD_LISTEN=0.0.0.0:8081", "HARMONIZERD_LISTEN=:8081",
		"HARMONIZERD_LISTEN=192.0.2.1:8081", "HARMONIZERD_LISTEN=example.org:8081", "HARMONIZERD_METRICS_LISTEN=[::]:8082",
		"HARMONIZERD_MAX_RECORD_BYTES=99999999999999999999",
	} {
		name, _, _ := strings.Cut(pair, "=")
		_, err := readSettings([]string{pair})
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v", pair, err)
		}
	}
}

func TestOtherAddressesHaveToBeAllowedByName(t *testing.T) {
	if _, err := readSettings([]string{"HARMONIZERD_LISTEN=0.0.0.0:8081", "HARMONIZERD_ALLOW_UNAUTHENTICATED_BIND=true"}); err != nil {
		t.Error(err)
	}
}

// Every bound that an error names can be set.
func TestEverySettingThatAnErrorNamesIsThere(t *testing.T) {
	known := map[string]bool{}
	for _, s := range table(&settings{}) {
		if known[s.name] || s.about == "" {
			t.Errorf("%s is listed twice, or says nothing", s.name)
		}
		known[s.name] = true
	}
	for _, name := range settingsOfErrors(t) {
		if !known[name] {
			t.Errorf("an error names %s, which is no setting", name)
		}
	}
}
