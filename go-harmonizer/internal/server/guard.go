package server

import (
	"context"
	"errors"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

// guard holds every request to the rules in the contract.
type guard struct{ validator protovalidate.Validator }

func newGuard() (*guard, error) {
	v, err := protovalidate.New()
	return &guard{v}, err
}

func (g *guard) check(message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return nil
	}
	var broken *protovalidate.ValidationError
	if err := g.validator.Validate(m); errors.As(err, &broken) {
		return fault.New(fault.Invalid, "INVALID_REQUEST", "%s", describe(broken))
	} else if err != nil {
		return fault.New(fault.Internal, "VALIDATION", "%w", err)
	}
	return nil
}

// describe names the fields and the rules they break, never their values.
func describe(err *protovalidate.ValidationError) string {
	var all []string
	for _, v := range err.Violations {
		all = append(all, protovalidate.FieldPathString(v.Proto.GetField())+": "+v.Proto.GetMessage())
	}
	return strings.Join(all, "; ")
}

func (g *guard) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if err := g.check(req); err != nil {
		return nil, err
	}
	return next(ctx, req)
}

func (g *guard) stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return next(srv, &guardedStream{stream, g})
}

type guardedStream struct {
	grpc.ServerStream
	guard *guard
}

// RecvMsg checks what arrives.
func (s *guardedStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	if r, ok := m.(*request); ok {
		if r.chunk != nil {
			return nil // The codec leaves none there that breaks a rule.
		}
		m = r.requests
	}
	return s.guard.check(m)
}
