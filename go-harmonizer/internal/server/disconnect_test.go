package server

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
)

// open returns how many streams are worked on, by the server's own gauge.
func (s *serving) open(t testing.TB) float64 {
	t.Helper()
	all, err := s.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range all {
		if family.GetName() == "harmonizer_streams_open" {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatal("there is no gauge of open streams")
	return 0
}

// idle waits until nothing is worked on; a cancelled stream has a second.
func (s *serving) idle(t testing.TB) {
	t.Helper()
	for start := time.Now(); s.open(t) > 0; time.Sleep(2 * time.Millisecond) {
		if time.Since(start) > time.Second {
			t.Fatalf("%v streams are open a second after the client went away", s.open(t))
		}
	}
}

// labs writes about n records of laboratory results that need both passes and comparisons.
func labs(n int) []byte {
	var b bytes.Buffer
	b.WriteString("patient_id,test_name,result_value,unit,effective_datetime,comment\n")
	for i := range n {
		fmt.Fprintf(&b, "P%d,Glucose,%d.5,mg/dL,2024-03-%02d 10:%02d,%s\n", i%500, 60+i%90, 1+i%28, i%60, []string{"", "=x", "fine"}[i%3])
	}
	return b.Bytes()
}

func TestAClientThatGoesAwayLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	server := serve(t, pipeline.Limits{ScratchDir: dir, ScratchMemory: -1, SegmentBytes: 16 << 10})
	text := labs(4000)
	spec := newSpec(t, "labs.csv", nil)
	spec.Records = true
	messages := []*harmonizerv1.HarmonizeRequest{specMessage(spec)}
	for rest := text; len(rest) > 0; rest = rest[min(len(rest), 64<<10):] {
		messages = append(messages, chunk(rest[:min(len(rest), 64<<10)]))
	}
	for sent := range len(messages) + 1 {
		for _, taken := range []int{0, 1, 3, 10} {
			goAway(t, server, messages[:sent], sent == len(messages), taken)
			server.idle(t)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("%d files are left in scratch: %v", len(entries), err)
	}
	if got, err := server.harmonize(context.Background(), spec, text, 64<<10); err != nil || got.summary.GetAccounting().GetRead() != 4000 {
		t.Errorf("the next stream: %v", err)
	}
}

// goAway sends some messages, takes some answers and cancels.
func goAway(t *testing.T, s *serving, messages []*harmonizerv1.HarmonizeRequest, close bool, taken int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream, err := s.client.Harmonize(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	if close {
		if err := stream.CloseSend(); err != nil {
			t.Fatal(err)
		}
	}
	for range taken {
		if len(messages) == 0 || !hasAnswer(stream) {
			break
		}
	}
	cancel()
	for err = nil; err == nil; {
		_, err = stream.Recv()
	}
}

// hasAnswer takes one message.
func hasAnswer(stream grpc.BidiStreamingClient[harmonizerv1.HarmonizeRequest, harmonizerv1.HarmonizeResponse]) bool {
	m, err := stream.Recv()
	return err == nil && m.GetSummary() == nil
}

func TestADeadlineEndsTheStream(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	stream, err := server.client.Harmonize(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(specMessage(newSpec(t, "x.csv", nil))); err != nil {
		t.Fatal(err)
	}
	for err = nil; err == nil; {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
	server.idle(t)
}

// A reader that takes nothing holds its stream back: the work waits, other streams go on, and a cancel frees all.
func TestAReaderThatStopsHoldsUpOnlyItself(t *testing.T) {
	server := serve(t, pipeline.Limits{SegmentBytes: 64 << 10})
	text := labs(60_000)
	spec := newSpec(t, "labs.csv", nil)
	spec.Records = true
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stuck, err := server.client.Harmonize(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := send(stuck, spec, text, 256<<10); err != nil {
		t.Fatal(err)
	}
	got, err := server.harmonize(context.Background(), newSpec(t, "labs.csv", nil), labs(2000), 64<<10)
	if err != nil || got.summary.GetAccounting().GetRead() != 2000 {
		t.Fatalf("the stream beside it: %v", err)
	}
	time.Sleep(300 * time.Millisecond)
	if server.open(t) != 1 {
		t.Fatalf("%v streams are open, want the one that waits", server.open(t))
	}
	cancel()
	server.idle(t)
}

func TestStreamsBeyondTheBoundAreToldToComeBack(t *testing.T) {
	server := serve(t, pipeline.Limits{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for range 8 {
		stream, err := server.client.Harmonize(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(specMessage(newSpec(t, "x.csv", nil))); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := server.harmonize(context.Background(), newSpec(t, "x.csv", nil), []byte("a,b\n"), 10)
	if status.Code(err) != codes.Unavailable || infoOf(t, err).GetReason() != "TOO_MANY_STREAMS" {
		t.Errorf("got %v", err)
	}
	cancel()
	server.idle(t)
}

func TestAPanicFailsItsCallOnly(t *testing.T) {
	info := &grpc.StreamServerInfo{}
	err := translateStream(nil, &silent{ctx: t.Context()}, info, func(any, grpc.ServerStream) error { panic("CANARY") })
	if status.Code(err) != codes.Internal || infoOf(t, err).GetReason() != "PANIC" || bytes.Contains([]byte(err.Error()), []byte("CANARY")) {
		t.Errorf("got %v", err)
	}
}

// silent is a stream without messages.
type silent struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *silent) Context() context.Context { return s.ctx }
