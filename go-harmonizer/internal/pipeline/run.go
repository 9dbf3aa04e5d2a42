package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// run is one file on its way through the rules.
type run struct {
	job      *Job
	limits   *Limits
	pool     *pool.Pool
	queue    *pool.Queue
	sink     Sink
	progress *Progress
	profile  bool // columns are profiled, for Inspect

	source      *source
	reading     *reading
	targets     []*target
	came        []int64    // rows by plan, from pass 1
	profiles    []*profile // by column, for Inspect
	brokenCount int64      // from pass 1
	blank       int64
	segments    []*segment // of the whole file; none when only a prefix decides

	mu         sync.Mutex // guards what workers add while records are compared
	issues     ledger
	quarantine ledger
	removal    ledger       // issues of removed duplicates
	removed    encode.Lines // those of the segment at hand
	removals   int64
	tallies    map[tallyKey]*report.Tally
	informed   []informed
	acct       report.Accounting
	artifacts  []*artifact
	rowBuf     []byte
	stores     []*scratch.Store
	findings   []report.Finding
}

// Result is the account of a run.
type Result struct {
	Report      *report.Report
	InputSHA256 string
	InputBytes  int64
	Artifacts   []ArtifactResult
}

// ArtifactResult is the account of one artifact.
type ArtifactResult struct {
	Kind      Kind
	Name      string
	Size      int64
	SHA256    string
	MediaType string
}

// Run takes one file through the rules. Errors are faults when the input is at fault; when the context ends it is the context's.
func Run(ctx context.Context, p *pool.Pool, job *Job, limits Limits, input io.Reader, sink Sink, progress *Progress) (*Result, error) {
	r, ctx, stop := newRun(ctx, p, job, limits, sink, progress)
	defer stop()
	if err := r.open(input); err != nil {
		return nil, r.cause(ctx, err)
	}
	if err := r.work(ctx); err != nil {
		return nil, r.cause(ctx, err)
	}
	return r.finish()
}

// cause prefers the reason for which the context ended, such as a panic of a worker, to what followed from it.
func (r *run) cause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
		return cause
	}
	return err
}

// newRun prepares a run; stop waits for its tasks and frees everything.
func newRun(ctx context.Context, p *pool.Pool, job *Job, limits Limits, sink Sink, progress *Progress) (*run, context.Context, func()) {
	limits = limits.withDefaults()
	ctx, cancel := context.WithCancelCause(ctx)
	r := &run{job: job, limits: &limits, pool: p, sink: sink, progress: progress}
	r.queue = p.Queue(func(err error) { cancel(fault.New(fault.Internal, "PANIC", "%w", err)) })
	r.issues.store, r.quarantine.store, r.removal.store = r.newStore(), r.newStore(), r.newStore()
	progress.Size.Store(job.SizeBytes)
	return r, ctx, func() {
		cancel(nil)
		r.queue.Wait()
		r.close()
	}
}

func (l *Limits) scratch() scratch.Options {
	return scratch.Options{Dir: l.ScratchDir, Memory: l.ScratchMemory, Max: l.MaxScratch}
}

func (l Limits) withDefaults() Limits {
	set := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	set(&l.ScratchMemory, 64<<20)
	set(&l.DedupMemory, 1<<30)
	if l.SegmentBytes == 0 {
		l.SegmentBytes = 512 << 10
	}
	return l
}

// sideMemory is how many bytes of a store beside the input stay in memory; the system keeps what it can of the rest.
const sideMemory = 8 << 20

func (r *run) newStore() *scratch.Store {
	o := r.limits.scratch()
	o.Memory = min(o.Memory, sideMemory)
	s := scratch.New(o)
	r.stores = append(r.stores, s)
	return s
}

func (r *run) close() {
	for _, s := range r.stores {
		_ = s.Close() // Scratch is unlinked; there is nothing to lose.
	}
	if r.source != nil {
		_ = r.source.close()
	}
}

func (r *run) open(input io.Reader) (err error) {
	r.progress.Stage.Store(int32(Reading))
	r.source, err = openSource(r.job, r.limits, input, r.progress)
	return err
}

// work reads, weighs, standardizes, compares and writes.
func (r *run) work(ctx context.Context) error {
	if err := r.source.sniff(ctx); err != nil {
		return err
	}
	if r.job.Prefix {
		return r.workPrefix(ctx)
	}
	segments, err := r.weighAll(ctx)
	if err != nil {
		return err
	}
	r.progress.Stage.Store(int32(Standardizing))
	e := r.start()
	for _, seg := range segments {
		if err := e.feed(ctx, seg); err != nil {
			return err
		}
	}
	if err := e.finish(ctx); err != nil {
		return err
	}
	return r.conclude(ctx, e)
}

// rounds are enough for pass 1 to be run on what it found itself: the encoding decides what is read, that whether the file is mixed
// or harmonized, and that which rows answer for a column.
const rounds = 5

// weighAll runs pass 1 while bytes arrive, and again over scratch where what it took for granted was wrong.
func (r *run) weighAll(ctx context.Context) ([]*segment, error) {
	assume, err := r.guess(ctx)
	if err != nil {
		return nil, err
	}
	reading, err := r.read(assume)
	if err != nil {
		return nil, err
	}
	s := newSurvey(r, reading)
	var segments []*segment
	err = r.source.cut(ctx, func(seg *segment) error {
		segments = append(segments, seg)
		return r.submit(ctx, s, seg)
	})
	r.queue.Wait()
	if err == nil {
		err = s.failed(ctx)
	}
	if err != nil {
		return nil, err
	}
	for range rounds {
		truth := s.truth(r.source.label())
		if truth.equal(s.reading.assumption) {
			break
		}
		if s, err = r.weighAgain(ctx, truth, segments); err != nil {
			return nil, err
		}
	}
	r.settle(s)
	r.segments = segments
	r.number(segments)
	return segments, nil
}

func (r *run) weighAgain(ctx context.Context, a assumption, segments []*segment) (*survey, error) {
	reading, err := r.read(a)
	if err != nil {
		return nil, err
	}
	s := newSurvey(r, reading)
	r.progress.Read.Store(0)
	for _, seg := range segments {
		if err := r.submit(ctx, s, seg); err != nil {
			r.queue.Wait()
			return nil, err
		}
	}
	r.queue.Wait()
	return s, s.failed(ctx)
}

// settle makes what a survey found the way in which the file is read.
func (r *run) settle(s *survey) {
	s.conclude()
	r.reading, r.profiles = s.reading, s.all[0].profiles
	r.came = make([]int64, len(s.reading.plans))
	for _, w := range s.all {
		for i, n := range w.came {
			r.came[i] += n
		}
		r.brokenCount += w.broken
	}
}

// beside returns the segments before and after one; nil: there is none.
func (r *run) beside(seg *segment) (before, after *segment) {
	if seg.index > 0 && seg.index <= len(r.segments) {
		before = r.segments[seg.index-1]
	}
	if seg.index+1 < len(r.segments) {
		after = r.segments[seg.index+1]
	}
	return before, after
}

// number gives the segments the numbers of their first records.
func (r *run) number(segments []*segment) {
	next := int64(1)
	for _, seg := range segments {
		seg.first = next
		next += int64(seg.records)
		r.blank += int64(seg.blank)
	}
	r.progress.Total.Store(next - 1)
}

// start opens the targets and the engine of pass 2.
func (r *run) start() *engine {
	for i, p := range r.reading.plans {
		r.targets = append(r.targets, r.newTarget(i, p))
	}
	e := newEngine(r, r.reading)
	e.take = r.takeResult
	return e
}

func (r *run) encodeOptions(i int) encode.Options {
	return encode.Options{Format: r.job.Format, Safe: r.job.Safe && r.job.Format == encode.CSV, File: r.job.FileName,
		Quarantine: r.job.Quarantine, Hashes: r.compares(r.reading.plans[i]), Cells: r.job.Records}
}

// compares tells that the records of a plan are compared with each other.
func (r *run) compares(*plan.Plan) bool {
	return r.job.Operation == plan.Harmonize || r.job.Operation == plan.Validate
}

func (r *run) finish() (*Result, error) {
	if err := r.accounting().Check(); err != nil {
		return nil, fault.New(fault.Internal, "ACCOUNTING", "%w", err)
	}
	r.progress.Stage.Store(int32(Writing))
	rep := r.report()
	if err := r.writeEnd(rep); err != nil {
		return nil, fmt.Errorf("write artifacts: %w", err)
	}
	r.progress.Stage.Store(int32(Done))
	out := &Result{Report: rep, InputSHA256: r.source.sent.sum(), InputBytes: r.source.sent.n}
	for _, a := range r.artifacts {
		out.Artifacts = append(out.Artifacts, a.result(r.job.Format))
	}
	return out, nil
}
