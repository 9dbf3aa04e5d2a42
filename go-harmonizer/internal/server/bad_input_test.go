package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

// infoOf returns the ErrorInfo that every error carries.
func infoOf(t testing.TB, err error) *errdetails.ErrorInfo {
	t.Helper()
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			if info.GetDomain() != domain || info.GetReason() == "" {
				t.Errorf("domain %q, reason %q", info.GetDomain(), info.GetReason())
			}
			return info
		}
	}
	t.Errorf("no google.rpc.ErrorInfo in %v", err)
	return &errdetails.ErrorInfo{}
}

func compressed(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// columns writes a header of n columns and one record.
func columns(n int) []byte {
	var head, row strings.Builder
	for i := range n {
		head.WriteString("c" + strconv.Itoa(i) + ",")
		row.WriteString("1,")
	}
	return []byte(head.String() + "end\n" + row.String() + "1\n")
}

func TestBadInputIsRefusedWithItsPlace(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	for name, c := range map[string]struct {
		input   []byte
		code    codes.Code
		reason  string
		says    string
		setting string
	}{
		"empty":                {nil, codes.InvalidArgument, "EMPTY_FILE", "empty", ""},
		"only blank lines":     {[]byte("\n \n"), codes.InvalidArgument, "EMPTY_FILE", "blank", ""},
		"unclosed quote":       {[]byte("a,b\n1,2\n\"3,4\n5,6\n"), codes.InvalidArgument, "UNCLOSED_QUOTE", "line 3", ""},
		"PDF":                  {[]byte("%PDF-1.7\n"), codes.InvalidArgument, "NOT_TEXT", "PDF", ""},
		"workbook":             {[]byte("PK\x03\x04\x14\x00"), codes.InvalidArgument, "NOT_TEXT", "ZIP", ""},
		"only NULs":            {make([]byte, 500), codes.InvalidArgument, "NOT_TEXT", "NUL", ""},
		"truncated gzip":       {compressed(t, columns(500))[:200], codes.InvalidArgument, "TRUNCATED_INPUT", "gzip", ""},
		"damaged gzip":         {append(compressed(t, columns(9))[:30], "damage that is long enough"...), codes.InvalidArgument, "CORRUPT_INPUT", "gzip", ""},
		"gzip within gzip":     {compressed(t, compressed(t, columns(9))), codes.InvalidArgument, "NOT_TEXT", "gzip", ""},
		"a thousandfold gzip":  {bytes.Repeat(compressed(t, bytes.Repeat([]byte("a,b,c\n"), 1<<18)), 16), codes.ResourceExhausted, "RATIO_TOO_HIGH", "200-fold", "HARMONIZERD_MAX_RATIO"},
		"30,000 columns":       {columns(30_000), codes.ResourceExhausted, "TOO_MANY_COLUMNS", "20000", "HARMONIZERD_MAX_COLUMNS"},
		"a record of 20 MB":    {append([]byte("a,b\n1,"), bytes.Repeat([]byte("x"), 20<<20)...), codes.ResourceExhausted, "", "", ""},
		"a quote of 20 MB":     {append([]byte("a,b\n1,\""), bytes.Repeat([]byte("x\n"), 10<<20)...), codes.ResourceExhausted, "", "", ""},
		"a header of 20 MB":    {bytes.Repeat([]byte("x"), 20<<20), codes.ResourceExhausted, "", "", ""},
		"a field of five MB":   {append(append([]byte("a,b\n1,"), bytes.Repeat([]byte("x"), 5<<20)...), '\n'), codes.ResourceExhausted, "", "", "HARMONIZERD_MAX_FIELD_BYTES"},
		"unclosed in the head": {[]byte("\"a,b\n1,2\n"), codes.InvalidArgument, "UNCLOSED_QUOTE", "line 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if len(c.input) > 10<<10 {
				pipelinetest.LeaveToPlainRun(t)
			}
			got, err := server.harmonize(context.Background(), newSpec(t, "x.csv", nil), c.input, 256<<10)
			if status.Code(err) != c.code {
				t.Fatalf("got %v, want %v", err, c.code)
			}
			info := infoOf(t, err)
			if c.reason != "" && info.GetReason() != c.reason || !strings.Contains(err.Error(), c.says) {
				t.Errorf("reason %s, %v", info.GetReason(), err)
			}
			if setting := info.GetMetadata()["setting"]; c.code == codes.ResourceExhausted && (setting == "" || !strings.Contains(err.Error(), setting)) ||
				c.setting != "" && setting != c.setting {
				t.Errorf("setting %q in %v", setting, err)
			}
			if got.summary != nil || len(got.files) > 0 {
				t.Error("a refused file was answered with artifacts")
			}
		})
	}
}

func TestOddInputIsTaken(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	for name, c := range map[string]struct {
		input       []byte
		read        int64
		quarantined int64
	}{
		"header only":        {[]byte("patient_id,birth_date\n"), 0, 0},
		"header without end": {[]byte("patient_id,birth_date"), 0, 0},
		"one column":         {[]byte("a\n1\n2\n"), 2, 0},
		"no header":          {[]byte("1,2\n3,4\n5,6\n"), 3, 0},
		"10,000 columns":     {columns(10_000), 1, 0},
		"NUL bytes":          {[]byte("a,b\n1,\x00\n2,3\n"), 2, 0},
		"no last line end":   {[]byte("a,b\n1,2"), 1, 0},
		"most ragged":        {[]byte("a,b\n1\n2\n3,4\n"), 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			if len(c.input) > 10<<10 {
				pipelinetest.LeaveToPlainRun(t)
			}
			got, err := server.harmonize(context.Background(), newSpec(t, "x.csv", nil), c.input, 256<<10)
			if err != nil {
				t.Fatal(err)
			}
			if a := got.summary.GetAccounting(); a.GetRead() != c.read || a.GetQuarantined() != c.quarantined || a.GetWritten() != c.read-c.quarantined {
				t.Errorf("%v, want %d read and %d quarantined", a, c.read, c.quarantined)
			}
		})
	}
}

func TestScratchThatDoesNotServeIsNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scratch")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	server := serve(t, pipeline.Limits{ScratchDir: dir, ScratchMemory: -1})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	_, err := server.harmonize(context.Background(), newSpec(t, "x.csv", nil), columns(10), 100)
	if status.Code(err) != codes.Unavailable || infoOf(t, err).GetReason() != "SCRATCH_FAILED" || strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
}

func TestScratchIsBounded(t *testing.T) {
	server := serve(t, pipeline.Limits{MaxScratch: 1 << 20})
	_, err := server.harmonize(context.Background(), newSpec(t, "x.csv", nil), bytes.Repeat([]byte("a,b\n"), 1<<19), 256<<10)
	if status.Code(err) != codes.ResourceExhausted || infoOf(t, err).GetMetadata()["setting"] != "HARMONIZERD_MAX_SCRATCH_BYTES" {
		t.Errorf("got %v", err)
	}
}

// spec messages that have to be refused before a byte of the file is read.
func TestProtocolErrors(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	spec := specMessage(newSpec(t, "x.csv", nil))
	bad := newSpec(t, "x.csv", nil)
	bad.Options.Entity = "CANARY-entity"
	badDate := newSpec(t, "x.csv", nil)
	badDate.Options.AsOf = "CANARY"
	next := &harmonizerv1.HarmonizeRequest{Message: &harmonizerv1.HarmonizeRequest_NextFile{NextFile: &harmonizerv1.NextFile{}}}
	for name, c := range map[string]struct {
		messages []*harmonizerv1.HarmonizeRequest
		code     codes.Code
		reason   string
		says     string
	}{
		"no spec":        {nil, codes.InvalidArgument, "SPEC_MISSING", "spec"},
		"spec not first": {[]*harmonizerv1.HarmonizeRequest{chunk([]byte("a,b\n"))}, codes.InvalidArgument, "SPEC_NOT_FIRST", "spec"},
		"spec twice":     {[]*harmonizerv1.HarmonizeRequest{spec, chunk([]byte("a,b\n")), spec}, codes.InvalidArgument, "SPEC_TWICE", "spec"},
		"empty message":  {[]*harmonizerv1.HarmonizeRequest{{}}, codes.InvalidArgument, "INVALID_REQUEST", "message"},
		"second file":    {[]*harmonizerv1.HarmonizeRequest{spec, chunk([]byte("a,b\n")), next}, codes.InvalidArgument, "EMPTY_FILE", "file 2"},
		"unknown entity": {[]*harmonizerv1.HarmonizeRequest{specMessage(bad)}, codes.InvalidArgument, "INVALID_REQUEST", "spec.options.entity"},
		"no date":        {[]*harmonizerv1.HarmonizeRequest{specMessage(badDate)}, codes.InvalidArgument, "INVALID_REQUEST", "spec.options.as_of"},
		"a large chunk":  {[]*harmonizerv1.HarmonizeRequest{spec, chunk(make([]byte, 5<<20))}, codes.InvalidArgument, "INVALID_REQUEST", "chunk"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			stream, err := server.client.Harmonize(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range c.messages {
				_ = stream.Send(m) // The stream may have ended; Recv says why.
			}
			_ = stream.CloseSend()
			for err = nil; err == nil; {
				_, err = stream.Recv()
			}
			if status.Code(err) != c.code || infoOf(t, err).GetReason() != c.reason || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v %s that names %s", err, c.code, c.reason, c.says)
			}
			if strings.Contains(err.Error(), "CANARY") {
				t.Errorf("the error quotes the value: %v", err)
			}
		})
	}
}
