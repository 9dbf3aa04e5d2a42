package server

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"strconv"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// domain of every google.rpc.ErrorInfo.
const domain = "harmonizer"

var codeOf = map[fault.Kind]codes.Code{
	fault.Invalid: codes.InvalidArgument, fault.NotFound: codes.NotFound, fault.Exhausted: codes.ResourceExhausted,
	fault.Unimplemented: codes.Unimplemented, fault.Unavailable: codes.Unavailable,
}

// toStatus is the only place where an error becomes a gRPC status.
func toStatus(ctx context.Context, err error) error {
	var f *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return status.FromContextError(err).Err()
	case errors.As(err, &f) && f.Kind != fault.Internal:
		return withInfo(codeOf[f.Kind], f)
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	slog.ErrorContext(ctx, "internal error", "err", err)
	return internal(f)
}

func internal(f *fault.Error) error {
	reason := "INTERNAL"
	if f != nil && f.Reason != "" {
		reason = f.Reason
	}
	return detailed(status.New(codes.Internal, "internal error"), &errdetails.ErrorInfo{Reason: reason, Domain: domain})
}

// withInfo says what is wrong, with the place and the bound for programs.
func withInfo(code codes.Code, f *fault.Error) error {
	info := &errdetails.ErrorInfo{Reason: f.Reason, Domain: domain, Metadata: map[string]string{}}
	if f.File > 0 {
		info.Metadata["file"] = strconv.Itoa(f.File)
	}
	if f.Line > 0 {
		info.Metadata["line"] = strconv.FormatInt(f.Line, 10)
	}
	if f.Byte >= 0 {
		info.Metadata["byte"] = strconv.FormatInt(f.Byte, 10)
	}
	message := f.Error()
	if f.Bound != "" {
		info.Metadata["setting"] = f.Bound
		message += " (the bound is set by " + f.Bound + ")"
	}
	return detailed(status.New(code, message), info)
}

func detailed(s *status.Status, info *errdetails.ErrorInfo) error {
	if with, err := s.WithDetails(info); err == nil {
		return with.Err()
	}
	return s.Err()
}

// survive makes an error of a panic, so that it ends its own call only. What it says may quote a value and is left out.
func survive(err *error) {
	if r := recover(); r != nil {
		*err = fault.New(fault.Internal, "PANIC", "a call panicked (%T) at %s", r, pool.PanicPlace(debug.Stack()))
	}
}

func translateUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	resp, err := func() (resp any, err error) {
		defer survive(&err)
		return next(ctx, req)
	}()
	return resp, toStatus(ctx, err)
}

func translateStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return toStatus(stream.Context(), func() (err error) {
		defer survive(&err)
		return next(srv, stream)
	}())
}
