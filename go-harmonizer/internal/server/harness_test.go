package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/deid"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serving is a server on a port of the loopback.
type serving struct {
	rpc     *Server
	address string
	conn    *grpc.ClientConn
	client  harmonizerv1.HarmonizerServiceClient
	metrics *prometheus.Registry
}

// serve starts a server that ends with the test.
func serve(t testing.TB, limits pipeline.Limits) *serving {
	t.Helper()
	workers := pool.New(2)
	t.Cleanup(workers.Close)
	s := &serving{metrics: prometheus.NewRegistry()}
	rpc, err := New(Options{Pool: workers, Limits: limits, MaxStreams: 8, Version: "test", Key: testKey, Metrics: s.metrics})
	if err != nil {
		t.Fatal(err)
	}
	s.rpc = rpc
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- rpc.Serve(listener) }()
	t.Cleanup(func() {
		rpc.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	s.address = listener.Addr().String()
	if s.conn, err = grpc.NewClient(s.address, grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.conn.Close() })
	s.client = harmonizerv1.NewHarmonizerServiceClient(s.conn)
	return s
}

// testKey makes the same pseudonyms in each run of the tests.
var testKey, _ = deid.NewKey([]byte("a secret of the tests alone"))

var allArtifacts = []harmonizerv1.ArtifactKind{
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_CLEAN, harmonizerv1.ArtifactKind_ARTIFACT_KIND_QUARANTINE,
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_ISSUES, harmonizerv1.ArtifactKind_ARTIFACT_KIND_REPORT,
	harmonizerv1.ArtifactKind_ARTIFACT_KIND_MANIFEST,
}

// newSpec asks for every artifact of a file, with the day of the cases and what spec.json says.
func newSpec(t testing.TB, fileName string, text []byte) *harmonizerv1.HarmonizeSpec {
	t.Helper()
	spec := &harmonizerv1.HarmonizeSpec{FileName: fileName, Options: &harmonizerv1.Options{}}
	if len(text) > 0 {
		if err := protojson.Unmarshal(text, spec); err != nil {
			t.Fatal(err)
		}
	}
	if spec.Options == nil {
		spec.Options = &harmonizerv1.Options{}
	}
	if spec.Options.AsOf == "" {
		spec.Options.AsOf = "2026-11-20"
	}
	if len(spec.Artifacts) == 0 {
		spec.Artifacts = allArtifacts
	}
	return spec
}

// received is what a stream answered.
type received struct {
	files    map[string][]byte
	fields   map[string][]string
	rows     map[string]int
	progress []*harmonizerv1.Progress
	amended  []*harmonizerv1.Amendment
	summary  *harmonizerv1.HarmonizeSummary
	first    time.Duration // from the spec to the first message
}

// harmonize sends a file in pieces and takes the answer.
func (s *serving) harmonize(ctx context.Context, spec *harmonizerv1.HarmonizeSpec, text []byte, piece int, more ...pipelinetest.File) (*received, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.client.Harmonize(ctx)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	sent := make(chan error, 1)
	go func() { sent <- send(stream, spec, text, piece, more...) }()
	out, err := receive(stream, start)
	cancel()
	if sendErr := <-sent; err == nil && sendErr != nil {
		err = sendErr
	}
	return out, err
}

type sender interface {
	Send(*harmonizerv1.HarmonizeRequest) error
	CloseSend() error
}

func send(stream sender, spec *harmonizerv1.HarmonizeSpec, text []byte, piece int, more ...pipelinetest.File) error {
	if err := stream.Send(specMessage(spec)); err != nil {
		return err
	}
	if err := sendChunks(stream, text, piece); err != nil {
		return err
	}
	for _, f := range more {
		if err := stream.Send(nextFile(f.Name)); err != nil {
			return err
		}
		if err := sendChunks(stream, f.Bytes, piece); err != nil {
			return err
		}
	}
	return stream.CloseSend()
}

func sendChunks(stream sender, text []byte, piece int) error {
	for len(text) > 0 {
		n := min(len(text), piece)
		if err := stream.Send(chunk(text[:n])); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

func nextFile(name string) *harmonizerv1.HarmonizeRequest {
	return &harmonizerv1.HarmonizeRequest{Message: &harmonizerv1.HarmonizeRequest_NextFile{NextFile: &harmonizerv1.NextFile{FileName: name}}}
}

func specMessage(spec *harmonizerv1.HarmonizeSpec) *harmonizerv1.HarmonizeRequest {
	return &harmonizerv1.HarmonizeRequest{Message: &harmonizerv1.HarmonizeRequest_Spec{Spec: spec}}
}

func chunk(text []byte) *harmonizerv1.HarmonizeRequest {
	return &harmonizerv1.HarmonizeRequest{Message: &harmonizerv1.HarmonizeRequest_Chunk{Chunk: text}}
}

// receive reads a stream to its end and holds it to the promises of the contract.
func receive(stream interface {
	Recv() (*harmonizerv1.HarmonizeResponse, error)
}, start time.Time) (*received, error) {
	r := &received{files: map[string][]byte{}, fields: map[string][]string{}, rows: map[string]int{}}
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			if r.summary == nil {
				return r, errors.New("the stream ended without a summary")
			}
			return r, nil
		}
		if err != nil {
			return r, err
		}
		if r.first == 0 {
			r.first = time.Since(start)
		}
		if err := r.take(m); err != nil {
			return r, err
		}
	}
}

func (r *received) take(m *harmonizerv1.HarmonizeResponse) error {
	if r.summary != nil {
		return errors.New("a message follows the summary")
	}
	switch m := m.GetMessage().(type) {
	case *harmonizerv1.HarmonizeResponse_Progress:
		r.progress = append(r.progress, m.Progress)
	case *harmonizerv1.HarmonizeResponse_Schema:
		r.fields[fileEntity(m.Schema)] = m.Schema.GetFields()
	case *harmonizerv1.HarmonizeResponse_Records:
		return r.takeRecords(m.Records)
	case *harmonizerv1.HarmonizeResponse_Artifact:
		a := m.Artifact
		if a.GetOffset() != int64(len(r.files[a.GetName()])) || a.GetKind() == 0 {
			return fmt.Errorf("%s: offset %d after %d bytes", a.GetName(), a.GetOffset(), len(r.files[a.GetName()]))
		}
		r.files[a.GetName()] = append(r.files[a.GetName()], a.GetData()...)
	case *harmonizerv1.HarmonizeResponse_Amendments:
		r.amended = append(r.amended, m.Amendments.GetAmendments()...)
	case *harmonizerv1.HarmonizeResponse_Summary:
		r.summary = m.Summary
	}
	return nil
}

func (r *received) takeRecords(b *harmonizerv1.RecordBatch) error {
	if n := len(r.fields[fileEntity(b)]); n == 0 || n != len(b.GetColumns()) {
		return fmt.Errorf("%d columns, the schema has %d", len(b.GetColumns()), n)
	}
	for i, c := range b.GetColumns() {
		if len(c.GetValues()) != int(b.GetRecordCount()) {
			return errors.New("column " + strconv.Itoa(i) + " is not as long as its batch")
		}
		for _, row := range c.GetNullRows() {
			if c.GetValues()[row] != "" {
				return errors.New("a null has a text")
			}
		}
	}
	r.rows[fileEntity(b)] += int(b.GetRecordCount())
	return nil
}

// fileEntity names the records of an entity of a file: by the entity in the first file.
func fileEntity(m interface {
	GetFile() uint32
	GetEntity() string
}) string {
	if m.GetFile() == 0 {
		return m.GetEntity()
	}
	return m.GetEntity() + "." + strconv.Itoa(int(m.GetFile())+1)
}
