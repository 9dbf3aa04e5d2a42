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

// serve listens until the context ends, then drains. stop gives the signals back, so that a second one ends the process.
func serve(ctx context.Context, stop func(), s *settings, announce func(grpc, http string)) error {
	workers := pool.New(int(s.workers))
	defer workers.Close()
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
	stop()
	ready.Store(false)
	rpc.Drain()
	drain(rpc, s.drain)
	return errors.Join(err, web.Close())
}

// drain lets running streams end, but not for longer than they are given.
func drain(rpc *server.Server, limit time.Duration) {
	slog.Info("draining", "seconds", limit.Seconds())
	done := make(chan struct{})
	go func() {
		rpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(limit):
		slog.Warn("running streams are ended: their time is over")
		rpc.Stop()
		<-done
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
