package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// service is HarmonizerService.
type service struct {
	harmonizerv1.UnimplementedHarmonizerServiceServer
	options Options
	slots   chan struct{}
	metrics *metrics
}

func newService(o Options) *service {
	s := &service{options: o, metrics: newMetrics(o.Metrics)}
	if o.MaxStreams > 0 {
		s.slots = make(chan struct{}, o.MaxStreams)
	}
	return s
}

// enter takes a place among the streams that are worked on.
func (s *service) enter() (leave func(), err error) {
	if s.slots == nil {
		return func() {}, nil
	}
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	default:
		return nil, fault.New(fault.Unavailable, "TOO_MANY_STREAMS", "all places are taken: try again later").Over("HARMONIZERD_MAX_STREAMS")
	}
}

// Harmonize takes the files of a stream through the rules.
func (s *service) Harmonize(stream grpc.BidiStreamingServer[harmonizerv1.HarmonizeRequest, harmonizerv1.HarmonizeResponse]) (err error) {
	start := time.Now()
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	spec, in, err := openInput(receiving(stream, func() requests { return &harmonizerv1.HarmonizeRequest{} }))
	if err != nil {
		return err
	}
	job, err := newJob(spec, &s.options, start)
	if err != nil {
		return err
	}
	out, progress := &output{stream: stream, sizes: map[string]int64{}}, &pipeline.Progress{}
	progress.Stage.Store(int32(pipeline.Reading))
	finish := s.metrics.stream(pipeline.OperationName(job.Operation), progress)
	defer func() { finish(err) }()
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	stop := out.tell(ctx, progress, start)
	result, err := pipeline.Run(ctx, s.options.Pool, job, s.options.Limits, &files{spec: spec, in: in}, out, progress)
	stop()
	if err != nil {
		return err
	}
	if err := out.send(progressMessage(progress, start)); err != nil {
		return err
	}
	return out.send(&harmonizerv1.HarmonizeResponse{Message: &harmonizerv1.HarmonizeResponse_Summary{
		Summary: s.summary(result, time.Since(start))}})
}

func (s *service) summary(r *pipeline.Result, took time.Duration) *harmonizerv1.HarmonizeSummary {
	rep := r.Report
	sum := &harmonizerv1.HarmonizeSummary{
		Entity: rep.Entity, Accounting: accounting(rep.Accounting), ErrorRecords: rep.ErrorRecords, Errors: rep.Issues.Errors,
		Warnings: rep.Issues.Warnings, Informations: rep.Issues.Informations, InputSha256: r.InputSHA256, InputBytes: r.InputBytes,
		ElapsedMs: took.Milliseconds(), Version: s.options.Version,
	}
	if p := rep.Score.Overall.Percent; p != nil {
		sum.Score = *p
	}
	for _, f := range rep.Files {
		sum.Files = append(sum.Files, &harmonizerv1.FileSummary{FileName: f.File, Entity: f.Entity, Accounting: accounting(f.Accounting),
			ErrorRecords: f.ErrorRecords, InputSha256: f.SHA256, InputBytes: f.SizeBytes})
	}
	for _, a := range r.Artifacts {
		sum.Artifacts = append(sum.Artifacts, &harmonizerv1.ArtifactSummary{Kind: protoKind(a.Kind), Name: a.Name, SizeBytes: a.Size,
			Sha256: a.SHA256, MediaType: a.MediaType})
	}
	return sum
}

func accounting(a report.Accounting) *harmonizerv1.Accounting {
	return &harmonizerv1.Accounting{Read: a.Read, Written: a.Written, Duplicates: a.Duplicates, Quarantined: a.Quarantined,
		Routed: a.Routed, Created: a.Created}
}

// Inspect says how a file would be read.
func (s *service) Inspect(stream grpc.ClientStreamingServer[harmonizerv1.InspectRequest, harmonizerv1.InspectResponse]) error {
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	spec, in, err := openInput(receiving(stream, func() requests { return &harmonizerv1.InspectRequest{} }))
	if err != nil {
		return err
	}
	job, err := newJob(spec, &s.options, time.Now())
	if err != nil {
		return err
	}
	found, err := pipeline.Inspect(stream.Context(), s.options.Pool, job, s.options.Limits, in, &pipeline.Progress{})
	if err != nil {
		return err
	}
	return stream.SendAndClose(inspection(found))
}
