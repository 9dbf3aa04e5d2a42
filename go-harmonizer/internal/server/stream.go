package server

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
	"unsafe"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
)

// requests is what both streaming calls receive.
type requests interface {
	GetSpec() *harmonizerv1.HarmonizeSpec
	GetChunk() []byte
}

// receiver returns the next message that arrives.
type receiver func() (*request, error)

// receiving takes messages from a stream; empty makes one of its type.
func receiving(stream grpc.ServerStream, empty func() requests) receiver {
	return func() (*request, error) {
		r := &request{requests: empty()}
		return r, stream.RecvMsg(r)
	}
}

// input reads the chunks of one file of a stream. An error stays: the readers above look at the beginning twice.
type input struct {
	next receiver
	rest *mem.Reader // of the chunk at hand; nil: there is none
	err  error
	// following is the file that comes next, nil: none has come.
	following *harmonizerv1.NextFile
}

// openInput takes the spec, which comes first.
func openInput(next receiver) (*harmonizerv1.HarmonizeSpec, *input, error) {
	first, err := next()
	if errors.Is(err, io.EOF) {
		return nil, nil, fault.New(fault.Invalid, "SPEC_MISSING", "the stream ended before its spec")
	}
	if err != nil {
		return nil, nil, err
	}
	if first.GetSpec() == nil {
		return nil, nil, fault.New(fault.Invalid, "SPEC_NOT_FIRST", "the first message has to be the spec")
	}
	return first.GetSpec(), &input{next: next}, nil
}

// maxFiles bounds the files of one job.
const maxFiles = 100

// files are the files of a stream.
type files struct {
	spec  *harmonizerv1.HarmonizeSpec
	in    *input
	count int
}

// Next implements pipeline.Files. The file before has been read to its end.
func (f *files) Next() (*pipeline.File, error) {
	f.count++
	if f.count == 1 {
		return &pipeline.File{Name: f.spec.GetFileName(), SizeBytes: f.spec.GetSizeBytes(), Bytes: f.in}, nil
	}
	head := f.in.following
	switch {
	case head == nil:
		return nil, io.EOF
	case f.count > maxFiles:
		return nil, fault.New(fault.Exhausted, "TOO_MANY_FILES", "a job has at most %d files: send the others in another", maxFiles)
	}
	f.in = &input{next: f.in.next}
	return &pipeline.File{Name: head.GetFileName(), SizeBytes: head.GetSizeBytes(), Bytes: f.in}, nil
}

func (in *input) Read(p []byte) (int, error) {
	for (in.rest == nil || in.rest.Remaining() == 0) && in.err == nil {
		in.rest, in.err = in.chunk()
	}
	if in.err != nil {
		return 0, in.err
	}
	return in.rest.Read(p)
}

func (in *input) chunk() (*mem.Reader, error) {
	m, err := in.next()
	if err != nil {
		return nil, err
	}
	if m.chunk != nil {
		return m.chunk, nil
	}
	if m.GetSpec() != nil {
		return nil, fault.New(fault.Invalid, "SPEC_TWICE", "a stream has one spec, and it comes first")
	}
	if h, ok := m.requests.(*harmonizerv1.HarmonizeRequest); ok && h.GetNextFile() != nil {
		in.following = h.GetNextFile()
		return nil, io.EOF
	}
	return mem.BufferSlice{mem.SliceBuffer(m.GetChunk())}.Reader(), nil
}

// output sends what a run writes. The run and the ticker of progress share it.
type output struct {
	mu     sync.Mutex
	stream grpc.BidiStreamingServer[harmonizerv1.HarmonizeRequest, harmonizerv1.HarmonizeResponse]
	sizes  map[string]int64
}

func (o *output) send(r *harmonizerv1.HarmonizeResponse) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stream.Send(r)
}

// artifactChunk is a whole piece of an artifact: a client pays for each message, and two of these wait for a slow one at most.
const artifactChunk = 512 << 10

// Artifact sends the next bytes of an artifact, or that it is empty.
func (o *output) Artifact(kind pipeline.Kind, name string, data []byte) error {
	for first := true; first || len(data) > 0; first = false {
		n := min(len(data), artifactChunk)
		err := o.send(&harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Artifact{
			Artifact: &harmonizerv1.ArtifactChunk{Kind: protoKind(kind), Name: name, Offset: o.sizes[name], Data: data[:n]}}})
		if err != nil {
			return err
		}
		o.sizes[name] += int64(n)
		data = data[n:]
	}
	return nil
}

func protoKind(k pipeline.Kind) harmonizerv1.ArtifactKind {
	for p, kind := range kindOf {
		if kind == k {
			return p
		}
	}
	return harmonizerv1.ArtifactKind_ARTIFACT_KIND_UNSPECIFIED
}

// Schema sends the columns of an entity.
func (o *output) Schema(file int, entity string, fields []string) error {
	return o.send(&harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Schema{
		Schema: &harmonizerv1.Schema{Entity: entity, Fields: fields, File: uint32(file)}}})
}

const batchRecords = 1000

// Records sends records in batches.
func (o *output) Records(file int, entity string, cells *encode.Cells, kept []int) error {
	// The buffer is written again once this returns; until then it is left alone, and Send marshals before it returns.
	text := unsafe.String(unsafe.SliceData(cells.Text), len(cells.Text))
	for len(kept) > 0 {
		n := min(len(kept), batchRecords)
		batch := &harmonizerv1.RecordBatch{Entity: entity, RecordCount: uint32(n), File: uint32(file)}
		for _, spans := range cells.Spans {
			batch.Columns = append(batch.Columns, column(text, spans, kept[:n]))
		}
		if err := o.send(&harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Records{Records: batch}}); err != nil {
			return err
		}
		kept = kept[n:]
	}
	return nil
}

func column(text string, spans []encode.CellSpan, kept []int) *harmonizerv1.Column {
	c := &harmonizerv1.Column{Values: make([]string, len(kept))}
	for i, row := range kept {
		if s := spans[row]; s.Null {
			c.NullRows = append(c.NullRows, uint32(i))
		} else {
			c.Values[i] = text[s.Off : s.Off+s.Len]
		}
	}
	return c
}

const amendmentsAtOnce = 1000

// Amend sends changes to records that were sent before.
func (o *output) Amend(file int, marks []pipeline.Mark) error {
	for len(marks) > 0 {
		n := min(len(marks), amendmentsAtOnce)
		list := &harmonizerv1.AmendmentList{}
		for _, m := range marks[:n] {
			a := &harmonizerv1.Amendment{Entity: m.Entity, RecordNo: m.Number, Removed: m.Removed, CollisionGroup: m.CollisionGroup,
				SupersededBy: m.SupersededBy, File: uint32(file)}
			if m.Failed {
				a.RecordStatus = "error"
			}
			list.Amendments = append(list.Amendments, a)
		}
		if err := o.send(&harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Amendments{Amendments: list}}); err != nil {
			return err
		}
		marks = marks[n:]
	}
	return nil
}

const progressEvery = 200 * time.Millisecond

// tell sends progress until the context ends; stop waits for its last message.
func (o *output) tell(ctx context.Context, p *pipeline.Progress, start time.Time) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			if o.send(progressMessage(p, start)) != nil {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func progressMessage(p *pipeline.Progress, start time.Time) *harmonizerv1.HarmonizeResponse {
	return &harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Progress{Progress: &harmonizerv1.Progress{
		Stage: harmonizerv1.Stage(p.Stage.Load()), BytesReceived: p.Bytes.Load(), BytesTotal: p.Size.Load(),
		RecordsRead: p.Read.Load(), RecordsDone: p.Finished.Load(), Percent: p.Percent(),
		Errors: p.Errors.Load(), Warnings: p.Warnings.Load(), ElapsedMs: time.Since(start).Milliseconds()}}}
}
