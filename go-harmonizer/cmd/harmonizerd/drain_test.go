package main

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
)

func dial(t *testing.T, p *process) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(p.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// running opens a stream that has begun to work: it tells its progress.
func running(t *testing.T, conn *grpc.ClientConn) harmonizerv1.HarmonizerService_HarmonizeClient {
	t.Helper()
	stream, err := harmonizerv1.NewHarmonizerServiceClient(conn).Harmonize(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	spec := &harmonizerv1.HarmonizeSpec{FileName: "patients.csv", Operation: harmonizerv1.Operation_OPERATION_HARMONIZE,
		Artifacts: []harmonizerv1.ArtifactKind{harmonizerv1.ArtifactKind_ARTIFACT_KIND_CLEAN}}
	send(t, stream, &harmonizerv1.HarmonizeRequest{Message: &harmonizerv1.HarmonizeRequest_Spec{Spec: spec}})
	send(t, stream, chunk("patient_id,given_name\n1,Ada\n"))
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	return stream
}

func chunk(text string) *harmonizerv1.HarmonizeRequest {
	return &harmonizerv1.HarmonizeRequest{Message: &harmonizerv1.HarmonizeRequest_Chunk{Chunk: []byte(text)}}
}

func send(t *testing.T, stream harmonizerv1.HarmonizerService_HarmonizeClient, m *harmonizerv1.HarmonizeRequest) {
	t.Helper()
	if err := stream.Send(m); err != nil {
		t.Fatal(err)
	}
}

// ended reads a stream to its end, and returns how it ended; nil with a summary.
func ended(stream harmonizerv1.HarmonizerService_HarmonizeClient) error {
	for {
		m, err := stream.Recv()
		if err != nil || m.GetSummary() != nil {
			return err
		}
	}
}

func ask(t *testing.T, p *process, s os.Signal) time.Time {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	return time.Now()
}

func code(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

func TestDraining(t *testing.T) {
	path := build(t)
	t.Run("tells first, refuses later", func(t *testing.T) { t.Parallel(); notices(t, path) })
	t.Run("cuts off what has no end", func(t *testing.T) {
		t.Parallel()
		p := startWith(t, path, []string{"HARMONIZERD_DRAIN_SECONDS=0.3"})
		stream := running(t, dial(t, p))
		ask(t, p, syscall.SIGTERM)
		if err := ended(stream); status.Code(err) != codes.Unavailable {
			t.Errorf("the stream ended with %v", err)
		}
		if err := p.ends(t, 3*time.Second); code(err) != 3 || !strings.Contains(p.log.String(), errCut.Error()) {
			t.Errorf("%v: %s", err, p.log)
		}
	})
	for second, want := range map[os.Signal]int{syscall.SIGTERM: 143, os.Interrupt: 130} {
		t.Run("is over with a second signal: "+second.String(), func(t *testing.T) {
			t.Parallel()
			p := startWith(t, path, []string{"HARMONIZERD_DRAIN_SECONDS=60", "HARMONIZERD_DRAIN_NOTICE_SECONDS=60"})
			running(t, dial(t, p))
			ask(t, p, syscall.SIGTERM)
			until(t, func() bool {
				status, _ := get(t, "http://"+p.http+"/readyz")
				return status == http.StatusServiceUnavailable
			})
			ask(t, p, second)
			if err := p.ends(t, time.Second); code(err) != want {
				t.Errorf("%v: %s", err, p.log)
			}
		})
	}
}

// notices holds the order: probes are red and health says so while streams are still taken, then no more are.
func notices(t *testing.T, path string) {
	p := startWith(t, path, []string{"HARMONIZERD_DRAIN_NOTICE_SECONDS=1", "HARMONIZERD_DRAIN_SECONDS=10"})
	conn := dial(t, p)
	first := running(t, conn)
	told := ask(t, p, syscall.SIGTERM)
	until(t, func() bool {
		status, _ := get(t, "http://"+p.http+"/readyz")
		return status == http.StatusServiceUnavailable
	})
	for _, name := range []string{"", "harmonizer.v1.HarmonizerService"} {
		answer, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: name})
		if err != nil || answer.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
			t.Errorf("health of %q: %v, %v", name, answer, err)
		}
	}
	second := running(t, conn)
	if since := time.Since(told); since > time.Second {
		t.Fatalf("this machine is too slow for the test: %v", since)
	}
	time.Sleep(time.Until(told.Add(1500 * time.Millisecond)))
	if third, err := harmonizerv1.NewHarmonizerServiceClient(dial(t, p)).Harmonize(t.Context()); err == nil {
		if err := ended(third); status.Code(err) != codes.Unavailable {
			t.Errorf("a stream after the notice ended with %v", err)
		}
	}
	if out, err := asked(t, path, p).CombinedOutput(); code(err) != 1 || !strings.Contains(string(out), "not ready") {
		t.Errorf("-probe while draining: %v, %s", err, out)
	}
	for _, probe := range []string{"/healthz", "/metrics"} {
		if status, _ := get(t, "http://"+p.http+probe); status != http.StatusOK {
			t.Errorf("%s while draining: %d", probe, status)
		}
	}
	for _, stream := range []harmonizerv1.HarmonizerService_HarmonizeClient{first, second} {
		if err := errors.Join(stream.CloseSend(), ended(stream)); err != nil {
			t.Errorf("a running stream ended with %v", err)
		}
	}
	if err := p.ends(t, 3*time.Second); err != nil {
		t.Errorf("%v: %s", err, p.log)
	}
}

// asked is the program that asks a process whether it is ready.
func asked(t *testing.T, path string, p *process) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, "-probe")
	cmd.Env = append(os.Environ(), "HARMONIZERD_METRICS_LISTEN="+strings.Replace(p.http, "127.0.0.1", "", 1), "HARMONIZERD_ALLOW_UNAUTHENTICATED_BIND=true")
	return cmd
}

func TestProbe(t *testing.T) {
	p := start(t, build(t))
	if out, err := asked(t, build(t), p).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	ask(t, p, syscall.SIGTERM)
	if err := p.ends(t, 3*time.Second); err != nil {
		t.Error(err)
	}
	if _, err := asked(t, build(t), p).CombinedOutput(); code(err) != 1 {
		t.Errorf("nobody answers: %v", err)
	}
}

func until(t *testing.T, true_ func() bool) {
	t.Helper()
	for start := time.Now(); !true_(); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > 5*time.Second {
			t.Fatal("it did not come true")
		}
	}
}

// A process that is killed leaves nothing in its scratch directory.
func TestNothingIsLeftOfAKilledProcess(t *testing.T) {
	dir := t.TempDir()
	p := startWith(t, build(t), []string{"HARMONIZERD_SCRATCH_DIR=" + dir, "HARMONIZERD_SCRATCH_MEMORY_BYTES=1", "HARMONIZERD_SEGMENT_BYTES=4096"})
	stream := running(t, dial(t, p))
	send(t, stream, chunk(strings.Repeat("2,Grace\n", 200_000)))
	until(t, func() bool { return scratchFiles(t, p) > 0 })
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.ends(t, 3*time.Second) // Killed.
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
}
