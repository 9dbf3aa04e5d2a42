package server

import (
	"google.golang.org/grpc/encoding"
	encodingproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// codec is gRPC's own in what it reads and writes. It takes its buffers from a pool that does not wipe them, and leaves chunks of files
// in the buffers in which they arrived.
type codec struct {
	encoding.CodecV2
	pool mem.BufferPool
}

func newCodec(pool mem.BufferPool) codec { return codec{encoding.GetCodecV2(encodingproto.Name), pool} }

// request is a message that arrives: a chunk, or else what the message was before.
type request struct {
	requests
	chunk *mem.Reader // nil: not a chunk
}

// Marshal returns the bytes of a message.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	buf := c.pool.Get(proto.Size(m))
	data, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend((*buf)[:0], m)
	if err != nil {
		c.pool.Put(buf)
		return nil, err
	}
	*buf = data
	return mem.BufferSlice{mem.NewBuffer(buf, c.pool)}, nil
}

// Unmarshal reads a message.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if r, ok := v.(*request); ok {
		if n := beforeChunk(data); n > 0 {
			r.chunk = data.Reader()
			_, err := r.chunk.Discard(n)
			return err
		}
		v = r.requests
	}
	m, ok := v.(proto.Message)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	buf := data.MaterializeToBuffer(c.pool)
	defer buf.Free()
	return proto.Unmarshal(buf.ReadOnlyData(), m)
}

const (
	chunkField = 2 // of HarmonizeRequest and InspectRequest
	maxChunk   = 4 << 20
)

// beforeChunk returns the bytes before the chunk in a message that is nothing else and keeps to the contract; 0: read it as any other.
func beforeChunk(data mem.BufferSlice) int {
	var buf [16]byte
	head := buf[:data.CopyTo(buf[:])]
	field, kind, n := protowire.ConsumeTag(head)
	if n < 0 || field != chunkField || kind != protowire.BytesType {
		return 0
	}
	size, m := protowire.ConsumeVarint(head[n:])
	if m < 0 || size == 0 || size > maxChunk || n+m+int(size) != data.Len() {
		return 0
	}
	return n + m
}
