package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/compress"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// settings are all that can be set, read once at the start.
type settings struct {
	listen        string
	metricsListen string
	anyAddress    bool
	workers       int64
	maxStreams    int64
	notice        time.Duration
	drain         time.Duration
	terminology   string
	keyFile       string
	cpuProfile    string
	limits        pipeline.Limits
	segmentBytes  int64
	maxColumns    int64
	maxField      int64
	matchPersons  int64
	matchPairs    int64
}

// setting is one environment variable.
type setting struct {
	name, about string
	set         func(string) error
}

// table lists the settings; the zero value of each number means its default.
func table(s *settings) []setting {
	return []setting{
		{"HARMONIZERD_LISTEN", "address of gRPC (127.0.0.1:8081)", text(&s.listen)},
		{"HARMONIZERD_METRICS_LISTEN", "address of /metrics, /healthz, /readyz and /version (127.0.0.1:8082)", text(&s.metricsListen)},
		{"HARMONIZERD_ALLOW_UNAUTHENTICATED_BIND", "true: addresses other than loopback are allowed", boolean(&s.anyAddress)},
		{"HARMONIZERD_WORKERS", "goroutines that all streams share (one a core)", number(&s.workers)},
		{"HARMONIZERD_MAX_STREAMS", "streams that are worked on at once (256)", number(&s.maxStreams)},
		{"HARMONIZERD_DRAIN_NOTICE_SECONDS", "time after SIGTERM that /readyz and health say so before new streams are refused (0)", seconds(&s.notice)},
		{"HARMONIZERD_DRAIN_SECONDS", "time that running streams then get before they are cut off (30)", seconds(&s.drain)},
		{terminologySetting, "directory with your releases of LOINC, SNOMED CT, RxNorm, ICD and NDC, whose codes are then known (none)", text(&s.terminology)},
		{keySetting, "file with the secret of pseudonyms, 16 bytes at least; jobs of one secret fit together (a new one at each start)", text(&s.keyFile)},
		{profileSetting, "file that gets a CPU profile of the process, whole when it has ended, for `go tool pprof` (none)", text(&s.cpuProfile)},
		{"HARMONIZERD_SEGMENT_BYTES", "input that makes a batch (131072)", number(&s.segmentBytes)},
		{scratch.DirSetting, "directory for what does not fit in memory (the system's)", text(&s.limits.ScratchDir)},
		{"HARMONIZERD_SCRATCH_MEMORY_BYTES", "bytes of a stream's input that stay in memory (67108864)", number(&s.limits.ScratchMemory)},
		{scratch.MaxSetting, "bytes of a store (as many as the disk holds)", number(&s.limits.MaxScratch)},
		{"HARMONIZERD_DEDUP_MEMORY_BYTES", "bytes of record hashes of a stream that stay in memory (1073741824)", number(&s.limits.DedupMemory)},
		{pipeline.MatchPersonsSetting, "patients of a job that are matched, 300 bytes of memory each (10000000)", number(&s.matchPersons)},
		{pipeline.MatchPairsSetting, "pairs of patients that a job may find; the weakest of those to review are left out (500000)", number(&s.matchPairs)},
		{compress.MaxBytesSetting, "bytes that a file may become (68719476736)", number(&s.limits.MaxDecompressed)},
		{compress.MaxWindowSetting, "bytes of memory that a zstd frame may ask for (33554432)", number(&s.limits.MaxWindow)},
		{compress.MaxRatioSetting, "bytes that one compressed byte may become (200)", number(&s.limits.MaxRatio)},
		{csvfmt.MaxRecordSetting, "bytes of a record (16777216)", number(&s.limits.MaxRecord)},
		{csvfmt.MaxColumnsSetting, "columns of a file (20000)", number(&s.maxColumns)},
		{csvfmt.MaxFieldSetting, "bytes of a field (4194304)", number(&s.maxField)},
	}
}

// readSettings reads the environment. The error names the setting.
func readSettings(environ []string) (*settings, error) {
	s := &settings{listen: "127.0.0.1:8081", metricsListen: "127.0.0.1:8082", maxStreams: 256, drain: 30 * time.Second,
		workers: int64(runtime.GOMAXPROCS(0))}
	all := table(s)
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "HARMONIZERD_") || name == "HARMONIZERD_BIN" || value == "" {
			continue
		}
		i := slices.IndexFunc(all, func(t setting) bool { return t.name == name })
		if i < 0 {
			return nil, fmt.Errorf("%s: no such setting; harmonizerd -help lists them", name)
		}
		if err := all[i].set(value); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	s.limits.SegmentBytes, s.limits.MaxColumns, s.limits.MaxField = int(s.segmentBytes), int(s.maxColumns), int(s.maxField)
	s.limits.MatchPersons, s.limits.MatchPairs = int(s.matchPersons), int(s.matchPairs)
	return s, s.check()
}

// check looks at what could be wrong beyond the form of each value.
func (s *settings) check() error {
	for name, address := range map[string]string{"HARMONIZERD_LISTEN": s.listen, "HARMONIZERD_METRICS_LISTEN": s.metricsListen} {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return fmt.Errorf("%s: not an address of the form host:port", name)
		}
		if ip := net.ParseIP(host); !s.anyAddress && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return fmt.Errorf("%s: not a loopback address; there are no accounts here, so "+
				"HARMONIZERD_ALLOW_UNAUTHENTICATED_BIND=true has to allow that", name)
		}
	}
	if dir := s.limits.ScratchDir; dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return fmt.Errorf("%s: not a directory", scratch.DirSetting)
		}
	}
	if s.workers < 1 {
		return fmt.Errorf("HARMONIZERD_WORKERS: at least 1 is needed")
	}
	return nil
}

func text(to *string) func(string) error {
	return func(v string) error {
		*to = v
		return nil
	}
}

func boolean(to *bool) func(string) error {
	return func(v string) (err error) {
		if *to, err = strconv.ParseBool(v); err != nil {
			return fmt.Errorf("true or false is needed")
		}
		return nil
	}
}

func number(to *int64) func(string) error {
	return func(v string) (err error) {
		if *to, err = strconv.ParseInt(v, 10, 64); err != nil || *to < 0 {
			return fmt.Errorf("a whole number of 0 or more is needed")
		}
		return nil
	}
}

const mostSeconds = 1e9

func seconds(to *time.Duration) func(string) error {
	return func(v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || !(n >= 0 && n <= mostSeconds) { // So written, NaN is refused too.
			return fmt.Errorf("a number of seconds is needed")
		}
		*to = time.Duration(n * float64(time.Second))
		return nil
	}
}
