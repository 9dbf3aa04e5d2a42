package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/server"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/terminology"
)

// errCut reports streams that were cut off because the time of the drain was over.
var errCut = errors.New("running streams were cut off: the time to drain was over")

// serve listens until the context ends, then drains. It fails with errCut where streams did not end in time.
func serve(ctx context.Context, s *settings, announce func(grpc, http string)) (err error) {
	stop, err := startProfile(s.cpuProfile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	workers := pool.New(int(s.workers))
	defer func() {
		if !errors.Is(err, errCut) { // What was cut off may be in the middle of a task.
			workers.Close()
		}
	}()
	codes, err := loadTerminology(ctx, s.terminology)
	if err != nil {
		return err
	}
	key, err := loadKey(s.keyFile)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	rpc, err := server.New(server.Options{Pool: workers, Limits: s.limits, MaxStreams: int(s.maxStreams), Version: version,
		Terminology: codes, Key: key, Metrics: registry})
	if err != nil {
		return fmt.Errorf("load the contract: %w", err)
	}
	rpcListener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("HARMONIZERD_LISTEN: %w", err)
	}
	webListener, err := net.Listen("tcp", s.metricsListen)
	if err != nil {
		return errors.Join(fmt.Errorf("HARMONIZERD_METRICS_LISTEN: %w", err), rpcListener.Close())
	}
	var ready atomic.Bool
	web := &http.Server{Handler: probes(registry, &ready, codes), ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 2)
	go func() { ended <- rpc.Serve(rpcListener) }()
	go func() { ended <- web.Serve(webListener) }()
	ready.Store(true)
	announce(rpcListener.Addr().String(), webListener.Addr().String())
	slog.Info("serving", "grpc", rpcListener.Addr().String(), "http", webListener.Addr().String(), "workers", s.workers, "version", version)
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	ready.Store(false) // Probes are answered to the very end.
	rpc.Drain()
	slog.Info("draining", "notice_seconds", s.notice.Seconds(), "seconds", s.drain.Seconds())
	time.Sleep(s.notice)
	return errors.Join(err, drain(rpc, s.drain), web.Close())
}

// cutting is how long streams that were cut off have to give back what they hold.
const cutting = 2 * time.Second

// drain takes no more streams and lets running ones end, but not for longer than they are given.
func drain(rpc *server.Server, limit time.Duration) error {
	done := make(chan struct{})
	go func() {
		rpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(limit):
		rpc.Stop()
		select {
		case <-done:
		case <-time.After(cutting):
		}
		return errCut
	}
}

// probes answers monitors.
func probes(registry *prometheus.Registry, ready *atomic.Bool, codes *terminology.Set) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"version": version, "terminology": codes.Manifest()}) // The caller has gone.
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}
