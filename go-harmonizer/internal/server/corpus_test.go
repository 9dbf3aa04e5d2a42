package server

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// wanted is want.json: the account of a case, or how it is refused.
type wanted struct {
	Entity      string   `json:"entity,omitempty"`
	Encoding    string   `json:"encoding,omitempty"`
	Compression string   `json:"compression,omitempty"`
	Delimiter   string   `json:"delimiter,omitempty"`
	Header      bool     `json:"header,omitempty"`
	Harmonized  bool     `json:"harmonized_input,omitempty"`
	Scope       string   `json:"evidence_scope,omitempty"`
	Artifacts   []string `json:"artifacts,omitempty"`
	// Suggestions are fields that headers nearly name.
	Suggestions  map[string]string `json:"suggestions,omitempty"`
	Accounting   map[string]int64  `json:"accounting,omitempty"`
	ErrorRecords int64             `json:"error_records,omitempty"`
	Refused      *refusal          `json:"refused,omitempty"`
	Columns      []struct {
		Column     string `json:"source_column"`
		Suggestion struct {
			Field string `json:"field"`
		} `json:"suggestion"`
	} `json:"columns,omitempty"`
}

// refusal is the status of a stream that failed.
type refusal struct {
	Code    string `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// TestCases holds every case to its golden files, in process and over gRPC. want.ndjson and issues.ndjson are of the run with
// NDJSON; quarantine.csv, where anything is in it, is of the run with CSV. A case that has want.csv, for what only CSV shows, has
// the issues of that run.
func TestCases(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	server := serve(t, pipeline.Limits{})
	for _, c := range pipelinetest.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			spec := newSpec(t, c.FileName, c.Spec)
			for _, way := range []struct {
				name string
				run  func(*testing.T, *harmonizerv1.HarmonizeSpec, pipelinetest.Case) (map[string][]byte, error)
			}{{"in process", inProcess}, {"over gRPC", server.overGRPC}} {
				t.Run(way.name, func(t *testing.T) {
					files, err := way.run(t, as(spec, harmonizerv1.OutputFormat_OUTPUT_FORMAT_CSV), c)
					lines, _ := way.run(t, as(spec, harmonizerv1.OutputFormat_OUTPUT_FORMAT_NDJSON), c)
					compareCase(t, c, files, lines, err)
				})
			}
		})
	}
}

// as returns the spec with another output format.
func as(spec *harmonizerv1.HarmonizeSpec, format harmonizerv1.OutputFormat) *harmonizerv1.HarmonizeSpec {
	other := proto.CloneOf(spec)
	other.OutputFormat = format
	return other
}

func inProcess(t *testing.T, spec *harmonizerv1.HarmonizeSpec, c pipelinetest.Case) (map[string][]byte, error) {
	job, err := newJob(spec, &Options{Version: "test", Key: testKey}, time.Unix(0, 0))
	if err != nil {
		return nil, toStatus(t.Context(), err)
	}
	workers := pool.New(1)
	defer workers.Close()
	sink, files := &pipelinetest.Sink{}, c.Files()
	files[0].Name = spec.GetFileName()
	_, err = pipeline.Run(t.Context(), workers, job, pipeline.Limits{}, pipelinetest.NewJob(files...), sink, &pipeline.Progress{})
	return sink.Files, toStatus(t.Context(), err)
}

func (s *serving) overGRPC(t *testing.T, spec *harmonizerv1.HarmonizeSpec, c pipelinetest.Case) (map[string][]byte, error) {
	got, err := s.harmonize(context.Background(), spec, c.Input, 1000, c.More...)
	if got == nil {
		return nil, err
	}
	return got.files, err
}

func compareCase(t *testing.T, c pipelinetest.Case, files, lines map[string][]byte, err error) {
	t.Helper()
	golden := func(name string, text []byte) { pipelinetest.Golden(t, filepath.Join(c.Dir, name), text) }
	golden("want.json", account(t, files, err))
	if err != nil {
		return
	}
	names := map[string]bool{"want.ndjson": true}
	for name := range lines {
		if rest, ok := strings.CutPrefix(name, "clean."); ok {
			names["want."+rest] = true
			golden("want."+rest, lines[name])
		}
	}
	onlyThese(t, c.Dir, names)
	issues := lines["issues.ndjson"]
	if matches, _ := filepath.Glob(filepath.Join(c.Dir, "want.csv")); len(matches) == 1 {
		golden("want.csv", files["clean.csv"])
		issues = files["issues.ndjson"]
	}
	golden("issues.ndjson", issues)
	quarantine := files["quarantine.csv"]
	if bytes.Count(quarantine, []byte("\n")) < 2 {
		quarantine = nil
	}
	golden("quarantine.csv", quarantine)
	for _, name := range []string{"matches.ndjson", "review.csv", "lineage.ndjson", "operation-outcome.json"} {
		golden(name, files[name])
	}
}

// onlyThese fails for golden files that no artifact stands behind.
func onlyThese(t *testing.T, dir string, names map[string]bool) {
	t.Helper()
	all, _ := filepath.Glob(filepath.Join(dir, "want*.ndjson"))
	for _, path := range all {
		if !names[filepath.Base(path)] {
			t.Errorf("nothing is written as %s any more", filepath.Base(path))
		}
	}
}

// account reads want.json from the report, or from how the stream was refused.
func account(t *testing.T, files map[string][]byte, err error) []byte {
	t.Helper()
	w := wanted{Suggestions: map[string]string{}}
	if err != nil {
		w.Refused = refused(err)
	} else if err := json.Unmarshal(files["report.json"], &w); err != nil {
		t.Fatal(err)
	}
	for _, c := range w.Columns {
		if c.Suggestion.Field != "" {
			w.Suggestions[c.Column] = c.Suggestion.Field
		}
	}
	w.Columns = nil
	w.Artifacts = slices.Sorted(maps.Keys(files))
	text, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func refused(err error) *refusal {
	s := status.Convert(err)
	r := &refusal{Code: s.Code().String(), Message: s.Message()}
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			r.Reason = info.GetReason()
		}
	}
	return r
}
