package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/terminology"
)

// tables writes a list of codes and returns its directory.
func tables(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "codes.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTerminologyIsLoadedAndLogged(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	dir := tables(t, "system,code,status\nLOINC,2345-7,\nLOINC,4548-4,retired\n")
	if err := os.WriteFile(filepath.Join(dir, "product.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	codes, err := loadTerminology(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"system":"LOINC"`, `"codes":2`, `"inactive":1`, "package.txt"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %s: %s", part, log.String())
		}
	}
	if strings.Contains(log.String(), dir) {
		t.Errorf("the log says where the directory is: %s", log.String())
	}
	if got := told(t, codes)["LOINC"]; got.Count != 2 || len(got.SHA256) != 64 {
		t.Errorf("/version says %+v", got)
	}
}

func TestNoTerminologyIsNone(t *testing.T) {
	codes, err := loadTerminology(t.Context(), "")
	if codes != nil || err != nil {
		t.Error(codes, err)
	}
	if got := told(t, codes); got != nil {
		t.Errorf("/version says %v", got)
	}
}

// told is what /version says of the code systems.
func told(t *testing.T, codes *terminology.Set) map[string]terminology.Info {
	t.Helper()
	answer := httptest.NewRecorder()
	probes(prometheus.NewRegistry(), &atomic.Bool{}, codes).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/version", nil))
	var said struct {
		Version     string
		Terminology map[string]terminology.Info
	}
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || said.Version != version {
		t.Fatalf("%+v: %v", said, err)
	}
	return said.Terminology
}

func TestABadDirectoryStopsTheStart(t *testing.T) {
	for want, dir := range map[string]string{
		"no code system is recognized": t.TempDir(), "cannot be read": filepath.Join(t.TempDir(), "CANARY"),
		"codes.csv: line 2": tables(t, "system,code\nLOINC,GLU\n"),
	} {
		err := serve(t.Context(), &settings{terminology: dir, workers: 1}, func(string, string) { t.Error("it listens") })
		if err == nil || !strings.HasPrefix(err.Error(), terminologySetting+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
