package server

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// connected runs a server and a client of it in a bubble of time.
func connected(t *testing.T, check func(t *testing.T, conn *grpc.ClientConn)) {
	synctest.Test(t, func(t *testing.T) {
		workers := pool.New(1)
		defer workers.Close()
		s, err := New(Options{Pool: workers})
		if err != nil {
			t.Fatal(err)
		}
		listener := bufconn.Listen(1 << 16)
		go s.Serve(listener)
		defer s.Stop()
		conn, err := grpc.NewClient("passthrough:///s", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
			grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true}))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.Connect()
		for conn.GetState() != connectivity.Ready {
			conn.WaitForStateChange(t.Context(), conn.GetState())
		}
		check(t, conn)
	})
}

// The gateway pings each 10 seconds, also while nothing else passes. A server that does not permit that ends the connection after the
// third ping.
func TestPingsOfTheGatewayArePermitted(t *testing.T) {
	connected(t, func(t *testing.T, conn *grpc.ClientConn) {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		defer cancel()
		if conn.WaitForStateChange(ctx, connectivity.Ready) {
			t.Errorf("the connection is %v", conn.GetState())
		}
	})
}

// An old connection is left, so that the client looks up the name again; a stream on it runs on.
func TestAnOldConnectionIsLeftAndItsStreamsRunOn(t *testing.T) {
	connected(t, func(t *testing.T, conn *grpc.ClientConn) {
		client := harmonizerv1.NewHarmonizerServiceClient(conn)
		stream, err := client.Harmonize(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		if !conn.WaitForStateChange(ctx, connectivity.Ready) {
			t.Error("the connection is kept")
		}
		time.Sleep(time.Hour)
		if _, err := client.ListRules(t.Context(), &harmonizerv1.ListRulesRequest{}); err != nil {
			t.Error(err)
		}
		if err := stream.CloseSend(); err != nil {
			t.Error(err)
		}
		if _, err := stream.Recv(); status.Code(err) != codes.InvalidArgument {
			t.Errorf("the stream, which had no spec, ended with %v", err)
		}
	})
}
