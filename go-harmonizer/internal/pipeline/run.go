package pipeline

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// run is one file on its way through the rules.
type run struct {
	*work
	job     *Job // of the work, with the name and size of the file
	file    int  // position in the job
	profile bool // columns are profiled, for Inspect

	source      *source
	reading     *reading
	targets     []*target
	came        []int64          // rows by plan, from pass 1
	profiles    []*columnProfile // by column, for Inspect
	brokenCount int64            // from pass 1
	blank       int64
	records     int64        // from pass 1
	surveyed    atomic.Int64 // records of pass 1 so far
	segments    []*segment   // of the whole file; none when only a prefix decides

	issues     ledger
	quarantine ledger
	removal    ledger // issues of removed duplicates
	lineage    ledger
	removals   int64
	told       report.Collector // issues of records that no worker counted
	tallies    map[tallyKey]*report.Tally
	informed   []informed
	acct       report.Accounting
	findings   []report.Finding
	worked     bool // pass 2 is done
}

// newRun adds a file to the job.
func (w *work) newRun(f *File) *run {
	job := *w.job
	job.FileName, job.SizeBytes = f.Name, f.SizeBytes
	r := &run{work: w, job: &job, file: len(w.runs)}
	w.runs = append(w.runs, r)
	r.issues, r.removal = w.newLedger(IssuesArtifact), w.newLedger(IssuesArtifact)
	r.quarantine, r.lineage = w.newLedger(QuarantineArtifact), w.newLedger(LineageArtifact)
	w.progress.Size.Add(f.SizeBytes)
	return r
}

// place names the file of an error, where there are several.
func (r *run) place(err error) error {
	var f *fault.Error
	if r.several() && errors.As(err, &f) {
		f.In(r.file + 1)
	}
	return err
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
		l.SegmentBytes = 128 << 10
	}
	return l
}

// sideMemory is how many bytes of a store beside the input stay in memory; the system keeps what it can of the rest.
const sideMemory = 2 << 20

func (r *run) open(input io.Reader) (err error) {
	limits := *r.limits
	if r.file > 0 {
		limits.ScratchMemory = min(limits.ScratchMemory, sideMemory)
	}
	r.source, err = openSource(r.job, &limits, input, r.progress)
	return err
}

// readIn reads a file and weighs its columns.
func (r *run) readIn(ctx context.Context, input io.Reader) error {
	if err := r.open(input); err != nil {
		return err
	}
	if err := r.source.sniff(ctx); err != nil {
		return err
	}
	if r.job.Prefix {
		return r.workPrefix(ctx)
	}
	_, err := r.weighAll(ctx)
	return err
}

// standardize is pass 2.
func (r *run) standardize(ctx context.Context) error {
	if r.worked {
		return nil
	}
	e := r.start()
	for _, seg := range r.segments {
		if err := e.feed(ctx, seg); err != nil {
			return err
		}
	}
	return r.complete(ctx, e)
}

// complete ends pass 2.
func (r *run) complete(ctx context.Context, e *engine) error {
	if err := e.finish(ctx); err != nil {
		return err
	}
	r.worked = true
	r.merge(e)
	return nil
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
	r.progress.Read.Add(-r.surveyed.Swap(0))
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
	r.records = next - 1
	r.progress.Total.Add(r.records)
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
	return encode.Options{Format: r.job.Format, Safe: r.guards(), File: r.job.FileName,
		Quarantine: r.job.Quarantine, Hashes: r.compares(), Cells: r.job.Records, Lineage: r.job.Wants[LineageArtifact],
		Silent: !r.job.Wants[IssuesArtifact], Private: r.job.Deidentify}
}
