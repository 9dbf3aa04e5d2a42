package server

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// watches are the streams that watch health.
type watches struct {
	ended chan struct{}
	once  sync.Once
}

func newWatches() *watches { return &watches{ended: make(chan struct{})} }

// end ends those that there are and those to come.
func (w *watches) end() { w.once.Do(func() { close(w.ended) }) }

func (w *watches) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if info.FullMethod != healthpb.Health_Watch_FullMethodName {
		return next(srv, stream)
	}
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	done := make(chan struct{})
	defer func() { <-done }()
	go func() {
		defer close(done)
		select {
		case <-w.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := next(srv, &healthWatch{stream, ctx})
	cancel()
	return err
}

// healthWatch is a stream that ends with its context.
type healthWatch struct {
	grpc.ServerStream
	ctx context.Context
}

// Context returns the context of the stream.
func (w *healthWatch) Context() context.Context { return w.ctx }
