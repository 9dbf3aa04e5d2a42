package server

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
)

func marshalled(t testing.TB, m proto.Message) []byte {
	t.Helper()
	wire, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func TestTheCodecWritesWhatProtoWrites(t *testing.T) {
	pool := &buffers{}
	c := newCodec(pool)
	dirty := pool.Get(300_000) // The messages get it next.
	for i := range *dirty {
		(*dirty)[i] = 0xff
	}
	pool.Put(dirty)
	for _, m := range []proto.Message{
		&harmonizerv1.HarmonizeResponse{},
		&harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Artifact{Artifact: &harmonizerv1.ArtifactChunk{
			Kind: harmonizerv1.ArtifactKind_ARTIFACT_KIND_CLEAN, Name: "clean.csv", Offset: 1 << 40, Data: make([]byte, 256<<10)}}},
		&harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Records{Records: &harmonizerv1.RecordBatch{
			Entity: "lab", RecordCount: 2, Columns: []*harmonizerv1.Column{{Values: []string{"", "x"}, NullRows: []uint32{0}}}}}},
		&harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Summary{Summary: &harmonizerv1.HarmonizeSummary{
			Entity: strings.Repeat("e", 9<<20)}}},
	} {
		data, err := c.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if got := data.Materialize(); !bytes.Equal(got, marshalled(t, m)) {
			t.Errorf("%d bytes differ", len(got))
		}
		data.Free()
	}
	if _, err := c.Marshal(&harmonizerv1.NextFile{FileName: "\xff"}); err == nil {
		t.Error("text that is no UTF-8 was written")
	}
	if _, err := c.Marshal(1); err == nil {
		t.Error("what is no message was written")
	}
}

// frames cuts bytes into pieces as they may arrive.
func frames(wire []byte, size int) mem.BufferSlice {
	var all mem.BufferSlice
	for ; len(wire) > 0; wire = wire[min(size, len(wire)):] {
		all = append(all, mem.SliceBuffer(bytes.Clone(wire[:min(size, len(wire))])))
	}
	return all
}

// FuzzRequest holds the way of chunks to the plain one: both read the same from any bytes.
func FuzzRequest(f *testing.F) {
	for _, m := range []*harmonizerv1.HarmonizeRequest{chunk(nil), chunk([]byte("a")), chunk(bytes.Repeat([]byte("abc"), 100)),
		specMessage(newSpec(f, "a.csv", nil)), nextFile("b.csv")} {
		wire := marshalled(f, m)
		f.Add(wire, uint8(1))
		f.Add(append(wire, marshalled(f, chunk([]byte("again")))...), uint8(7))
		f.Add(append(wire, 0x78, 0x01), uint8(50)) // a field that nobody knows
		f.Add(wire[:len(wire)/2], uint8(3))
	}
	f.Add(marshalled(f, chunk(make([]byte, maxChunk))), uint8(255))
	f.Add(marshalled(f, chunk(make([]byte, maxChunk+1))), uint8(255))
	c := newCodec(&buffers{})
	f.Fuzz(func(t *testing.T, wire []byte, size uint8) {
		want := &harmonizerv1.HarmonizeRequest{}
		wantErr := proto.Unmarshal(wire, want)
		got := &request{requests: &harmonizerv1.HarmonizeRequest{}}
		data := frames(wire, int(size)+1)
		if err := c.Unmarshal(data, got); (err == nil) != (wantErr == nil) {
			t.Fatalf("got %v, want %v", err, wantErr)
		}
		data.Free()
		if wantErr != nil {
			return
		}
		if got.chunk == nil {
			if !proto.Equal(got.requests.(proto.Message), want) {
				t.Error("the message is another")
			}
			return
		}
		text, err := io.ReadAll(got.chunk)
		if err != nil || !bytes.Equal(text, want.GetChunk()) || len(text) > maxChunk || len(want.ProtoReflect().GetUnknown()) > 0 {
			t.Errorf("a chunk of %d bytes, want %d: %v", len(text), len(want.GetChunk()), err)
		}
	})
}

func TestAChunkIsReadLongAfterItCame(t *testing.T) {
	pool := &buffers{}
	c := newCodec(pool)
	arrive := func(fill byte) *request {
		wire := marshalled(t, chunk(bytes.Repeat([]byte{fill}, 40_000)))
		var data mem.BufferSlice
		for ; len(wire) > 0; wire = wire[min(16<<10, len(wire)):] {
			data = append(data, mem.Copy(wire[:min(16<<10, len(wire))], pool))
		}
		defer data.Free() // as gRPC does
		r := &request{requests: &harmonizerv1.HarmonizeRequest{}}
		if err := c.Unmarshal(data, r); err != nil || r.chunk == nil {
			t.Fatal(err)
		}
		return r
	}
	var all []*request
	for i := range 10 {
		all = append(all, arrive(byte(i)))
	}
	for i, r := range all {
		if text, err := io.ReadAll(r.chunk); err != nil || !bytes.Equal(text, bytes.Repeat([]byte{byte(i)}, 40_000)) {
			t.Errorf("chunk %d was written over: %v", i, err)
		}
	}
}

func TestBuffersComeBack(t *testing.T) {
	pool := &buffers{}
	for _, n := range []int{0, 1, 4096, 4096 + beside, 16 << 10, 1<<20 + 100, 8<<20 + beside, 9 << 20} {
		buf := pool.Get(n)
		if len(*buf) != n || n > 16<<10 && cap(*buf) > 2*n {
			t.Errorf("asked for %d, got %d of %d", n, len(*buf), cap(*buf))
		}
		*buf = (*buf)[:n/2]
		pool.Put(buf)
		if again := pool.Get(n); len(*again) != n {
			t.Errorf("asked for %d again, got %d", n, len(*again))
		}
	}
	foreign := make([]byte, 0, 5000)
	pool.Put(&foreign)
	if buf := pool.Get(8000); cap(*buf) == 5000 {
		t.Error("a buffer of another size was kept")
	}
}

func BenchmarkArtifactOut(b *testing.B) {
	c := newCodec(&buffers{})
	m := &harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Artifact{Artifact: &harmonizerv1.ArtifactChunk{
		Kind: harmonizerv1.ArtifactKind_ARTIFACT_KIND_CLEAN, Name: "clean.csv", Data: make([]byte, artifactChunk)}}}
	b.SetBytes(artifactChunk)
	b.ReportAllocs()
	for b.Loop() {
		data, err := c.Marshal(m)
		if err != nil {
			b.Fatal(err)
		}
		data.Free()
	}
}
