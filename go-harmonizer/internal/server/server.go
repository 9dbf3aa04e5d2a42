// Package server speaks gRPC for the pipeline. It is the only importer of the generated stubs.
package server

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/prometheus/client_golang/prometheus"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/deid"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/terminology"
)

// Options are what a server is made of.
type Options struct {
	// Pool is shared by all streams; the caller closes it after the server has stopped.
	Pool *pool.Pool
	// Limits bound every stream.
	Limits pipeline.Limits
	// MaxStreams bounds the streams that are worked on at once; more are answered with UNAVAILABLE. 0: no bound.
	MaxStreams int
	// Version is told in summaries and manifests.
	Version string
	// Terminology is the code systems whose codes are known; may be nil.
	Terminology *terminology.Set
	// Key makes the pseudonyms of jobs that are de-identified.
	Key deid.Key
	// Metrics takes the server's metrics.
	Metrics prometheus.Registerer
}

// Server is HarmonizerService with health and reflection.
type Server struct {
	*grpc.Server
	health  *health.Server
	watches *watches
}

const maxMessage = 8 << 20 // bytes; a chunk has at most 4 MiB

// permitted are the pings of clients that look whether this peer is alive; without it, one in five minutes would be.
var permitted = keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}

// connections are held to pings of ours, so that the streams of a machine that vanished end. An old one is replaced, its streams
// running on, because clients look up a name again only then: else a harmonizer that is added would get no streams.
var connections = keepalive.ServerParameters{Time: 20 * time.Second, Timeout: 10 * time.Second, MaxConnectionAge: 5 * time.Minute}

// New makes a server that does not listen yet. It fails when the contract cannot be loaded.
func New(o Options) (*Server, error) {
	guard, err := newGuard()
	if err != nil {
		return nil, err
	}
	s := &Server{health: health.NewServer(), watches: newWatches()}
	pool := &buffers{}
	s.Server = grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage), grpc.ForceServerCodecV2(newCodec(pool)), experimental.BufferPool(pool),
		grpc.InitialWindowSize(1<<20), grpc.InitialConnWindowSize(4<<20),
		grpc.KeepaliveEnforcementPolicy(permitted), grpc.KeepaliveParams(connections),
		grpc.ChainUnaryInterceptor(translateUnary, guard.unary),
		grpc.ChainStreamInterceptor(translateStream, s.watches.stream, guard.stream),
	)
	harmonizerv1.RegisterHarmonizerServiceServer(s.Server, newService(o))
	healthpb.RegisterHealthServer(s.Server, s.health)
	s.health.SetServingStatus(harmonizerv1.HarmonizerService_ServiceDesc.ServiceName, healthpb.HealthCheckResponse_SERVING)
	reflection.Register(s.Server)
	return s, nil
}

// Drain tells health checks that the server is about to stop.
func (s *Server) Drain() { s.health.Shutdown() }

// GracefulStop takes no more calls and waits for those that run. Watches of health are ended: they would never end by themselves.
func (s *Server) GracefulStop() {
	s.watches.end()
	s.Server.GracefulStop()
}
