// Command harmonizerd serves HarmonizerService: settings, wiring, serving, draining.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the build.
var version = "dev"

func main() {
	withParent := flag.Bool("exit-with-parent", false, "stop when standard input closes")
	showVersion := flag.Bool("version", false, "print the version and stop")
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *withParent {
		ctx = whileOpen(ctx, os.Stdin)
	}
	if err := serve(ctx, stop, s, announce); err != nil {
		fmt.Fprintln(os.Stderr, "harmonizerd:", err)
		os.Exit(1)
	}
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
