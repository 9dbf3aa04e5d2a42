// Command harmonizerd serves HarmonizerService: settings, wiring, serving, draining.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set by the build.
var version = "dev"

func main() {
	withParent := flag.Bool("exit-with-parent", false, "stop when standard input closes")
	showVersion := flag.Bool("version", false, "print the version and stop")
	askReady := flag.Bool("probe", false, "ask the process that runs here with the same settings whether it is ready; exit code 0 or 1")
	flag.Usage = usage
	flag.Parse()
	if *showVersion {
		fmt.Println(version)
		return
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	s, err := readSettings(os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, "harmonizerd:", err)
		os.Exit(2)
	}
	if *askReady {
		os.Exit(probe(s.metricsListen))
	}
	paceCollector()
	ctx := context.Background()
	if *withParent {
		ctx = whileOpen(ctx, os.Stdin)
	}
	if err := serve(untilSignal(ctx), s, announce); err != nil {
		fmt.Fprintln(os.Stderr, "harmonizerd:", err)
		os.Exit(exitCode(err))
	}
}

// probe is for containers that hold nothing else that could ask.
func probe(address string) int {
	host, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	client := http.Client{Timeout: 3 * time.Second}
	answer, err := client.Get("http://" + net.JoinHostPort(host, port) + "/readyz")
	if err != nil {
		fmt.Fprintln(os.Stderr, "harmonizerd: it does not answer")
		return 1
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		fmt.Fprintln(os.Stderr, "harmonizerd: it is not ready")
		return 1
	}
	return 0
}

// exitCode says to a supervisor how serving ended: 0 drained, 1 it could not serve, 3 streams were cut off. 2 is a wrong setting, 128
// and the signal's number a second signal.
func exitCode(err error) int {
	if errors.Is(err, errCut) {
		return 3
	}
	return 1
}

// untilSignal returns a context that ends with ctx or a signal. A signal after that ends the process at once.
func untilSignal(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	asked := make(chan os.Signal, 2)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-asked:
		case <-ctx.Done():
		}
		cancel()
		again := <-asked
		slog.Warn("asked again: ended at once")
		number, _ := again.(syscall.Signal)
		os.Exit(128 + int(number))
	}()
	return ctx
}

func usage() {
	fmt.Fprintln(os.Stderr, "harmonizerd takes health-data files over gRPC and sends back clean records.")
	flag.PrintDefaults()
	fmt.Fprintln(os.Stderr, "\nSettings are environment variables:")
	for _, s := range table(&settings{}) {
		fmt.Fprintf(os.Stderr, "  %s\n    \t%s\n", s.name, s.about)
	}
}

// whileOpen returns a context that ends when the reader does.
func whileOpen(ctx context.Context, r io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, r) // Its end is all that counts.
		cancel()
	}()
	return ctx
}

// announce tells a parent process where the services listen.
func announce(grpc, http string) {
	_ = json.NewEncoder(os.Stdout).Encode(map[string]string{"event": "listening", "grpc": grpc, "http": http})
}
