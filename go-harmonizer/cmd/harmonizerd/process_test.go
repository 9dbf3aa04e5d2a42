package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

var settingName = regexp.MustCompile(`"(HARMONIZERD_[A-Z_]+)"`)

// settingsOfErrors returns the names of settings in the sources beside the table itself.
func settingsOfErrors(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", "..", "internal"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range settingName.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%d names: %v", len(names), err)
	}
	return names
}

// process is a harmonizerd of its own.
type process struct {
	*exec.Cmd
	stdin  io.WriteCloser
	log    *bytes.Buffer
	grpc   string
	http   string
	exited chan error
}

// build makes the binary, once a test run.
func build(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var buildDir string

var built = sync.OnceValues(func() (path string, err error) {
	if buildDir, err = os.MkdirTemp("", "harmonizerd-*"); err != nil {
		return "", err
	}
	path = filepath.Join(buildDir, "harmonizerd")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return path, fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func start(t *testing.T, path string, args ...string) *process {
	t.Helper()
	return startWith(t, path, nil, args...)
}

// startWith starts it with some settings.
func startWith(t *testing.T, path string, settings []string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(path, args...), log: &bytes.Buffer{}, exited: make(chan error, 1)}
	p.Env = append(os.Environ(), "HARMONIZERD_LISTEN=127.0.0.1:0", "HARMONIZERD_METRICS_LISTEN=127.0.0.1:0", "HARMONIZERD_DRAIN_SECONDS=5")
	p.Env = append(p.Env, settings...)
	p.Stderr = p.log
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.stdin, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	var said struct{ Event, GRPC, HTTP string }
	if err != nil || json.Unmarshal([]byte(line), &said) != nil || said.Event != "listening" {
		t.Fatalf("it said %q: %v", line, err)
	}
	p.grpc, p.http = said.GRPC, said.HTTP
	go func() { p.exited <- p.Wait() }()
	return p
}

// ends waits for the process.
func (p *process) ends(t *testing.T, within time.Duration) error {
	t.Helper()
	select {
	case err := <-p.exited:
		return err
	case <-time.After(within):
		t.Fatalf("it still runs after %v", within)
		return nil
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestTheProcess(t *testing.T) {
	path := build(t)
	t.Run("serves probes and metrics", func(t *testing.T) {
		p := start(t, path)
		for _, probe := range []string{"/healthz", "/readyz", "/metrics"} {
			if code, text := get(t, "http://"+p.http+probe); code != http.StatusOK || text == "" {
				t.Errorf("%s: %d", probe, code)
			}
		}
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := p.ends(t, 3*time.Second); err != nil || !strings.Contains(p.log.String(), "draining") {
			t.Errorf("%v: %s", err, p.log)
		}
	})
	t.Run("ends with its parent", func(t *testing.T) {
		p := start(t, path, "--exit-with-parent")
		time.Sleep(50 * time.Millisecond)
		if code, _ := get(t, "http://"+p.http+"/healthz"); code != http.StatusOK {
			t.Fatal("it does not serve")
		}
		_ = p.stdin.Close()
		if err := p.ends(t, 3*time.Second); err != nil {
			t.Error(err)
		}
	})
	t.Run("lets a running call end, and takes no other", func(t *testing.T) { drains(t, start(t, path)) })
	t.Run("a bad setting stops it", func(t *testing.T) {
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(), "HARMONIZERD_WORKERS=many")
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "HARMONIZERD_WORKERS") || strings.Contains(string(out), "many") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("a taken port names its setting", func(t *testing.T) {
		p := start(t, path)
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(), "HARMONIZERD_LISTEN="+p.grpc, "HARMONIZERD_METRICS_LISTEN=127.0.0.1:0")
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "HARMONIZERD_LISTEN") {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// drains ends a process while a call runs that the client ends a little later.
func drains(t *testing.T, p *process) {
	conn, err := grpc.NewClient(p.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stream, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/harmonizer.v1.HarmonizerService/Harmonize")
	if err != nil {
		t.Fatal(err)
	}
	watch, err := healthpb.NewHealthClient(conn).Watch(t.Context(), &healthpb.HealthCheckRequest{Service: "harmonizer.v1.HarmonizerService"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Recv(); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if m, err := watch.Recv(); err != nil || m.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Errorf("the health watch was told %v, %v", m, err)
	}
	if _, err := watch.Recv(); err == nil {
		t.Error("the health watch goes on, and would hold the process")
	}
	select {
	case err := <-p.exited:
		t.Fatalf("it ended while a call ran: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if err := stream.RecvMsg(&healthpb.HealthCheckResponse{}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("the call without a spec was answered with %v", err)
	}
	if err := p.ends(t, 3*time.Second); err != nil {
		t.Error(err)
	}
}
