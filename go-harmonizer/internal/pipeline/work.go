package pipeline

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// work is a job on its way: its files, and what is common to them.
type work struct {
	job      *Job
	limits   *Limits
	pool     *pool.Pool
	queue    *pool.Queue
	sink     Sink
	progress *Progress

	runs      []*run            // in the order of the files
	groups    map[string]*group // by entity
	refs      *rule.References  // patients and encounters; nil: records are not compared
	names     map[string]int    // clean artifacts so far, by entity
	artifacts []*artifact
	matching  *report.Matching // nil: nothing was matched
	stores    []*scratch.Store
	mu        sync.Mutex // guards what workers add while records are compared
}

// File is one file of a job.
type File struct {
	// Name is as its sender wrote it; never a path.
	Name string
	// SizeBytes is its size as it is sent, 0: not known.
	SizeBytes int64
	Bytes     io.Reader
}

// Files gives the files of a job one after the other; io.EOF: there are no more. The bytes of one are read before the next is asked
// for.
type Files interface {
	Next() (*File, error)
}

// One is a job's only file.
type One File

// Next gives the file once.
func (o *One) Next() (*File, error) {
	if o.Bytes == nil {
		return nil, io.EOF
	}
	f := File(*o)
	o.Bytes = nil
	return &f, nil
}

// Run takes the files of a job through the rules. Errors are faults when the input is at fault; when the context ends it is the
// context's.
func Run(ctx context.Context, p *pool.Pool, job *Job, limits Limits, files Files, sink Sink, progress *Progress) (*Result, error) {
	w, ctx, stop := newWork(ctx, p, job, limits, sink, progress)
	defer stop()
	if err := w.do(ctx, files); err != nil {
		return nil, cause(ctx, err)
	}
	return w.finish()
}

// cause prefers the reason for which the context ended, such as a panic of a worker, to what followed from it.
func cause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
		return cause
	}
	return err
}

// newWork prepares a job; stop waits for its tasks and frees everything.
func newWork(ctx context.Context, p *pool.Pool, job *Job, limits Limits, sink Sink, progress *Progress) (*work, context.Context, func()) {
	limits = limits.withDefaults()
	ctx, cancel := context.WithCancelCause(ctx)
	w := &work{job: job, limits: &limits, pool: p, sink: sink, progress: progress, groups: map[string]*group{}, names: map[string]int{}}
	w.queue = p.Queue(func(err error) { cancel(fault.New(fault.Internal, "PANIC", "%w", err)) })
	if w.compares() {
		w.refs = rule.NewReferences(limits.DedupMemory)
	}
	return w, ctx, func() {
		cancel(nil)
		w.queue.Wait()
		w.close()
	}
}

func (w *work) close() {
	for _, a := range w.artifacts {
		a.close()
	}
	for _, g := range w.groups {
		if g.set != nil {
			g.set.Close()
		}
	}
	for _, s := range w.stores {
		_ = s.Close() // Scratch is unlinked; there is nothing to lose.
	}
	for _, r := range w.runs {
		if r.source != nil {
			_ = r.source.close()
		}
	}
}

// compares tells that records are compared with each other.
func (w *work) compares() bool {
	return w.job.Operation == plan.Harmonize || w.job.Operation == plan.Validate
}

// several tells that the job has more than one file.
func (w *work) several() bool { return len(w.runs) > 1 }

// do reads and weighs every file, then standardizes, compares and writes.
func (w *work) do(ctx context.Context, files Files) error {
	if err := w.readAll(ctx, files); err != nil {
		return err
	}
	w.progress.Stage.Store(int32(Standardizing))
	for _, r := range w.inOrder() {
		if err := r.standardize(ctx); err != nil {
			return r.place(err)
		}
	}
	return w.conclude(ctx)
}

// readAll is pass 1 of every file, and pass 2 too where a prefix decides.
func (w *work) readAll(ctx context.Context, files Files) error {
	w.progress.Stage.Store(int32(Reading))
	for {
		f, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if w.job.Prefix && len(w.runs) > 0 {
			return fault.New(fault.Invalid, "PREFIX_OF_SEVERAL", "evidence_scope prefix is for a job of one file: leave it out")
		}
		r := w.newRun(f)
		if err := r.readIn(ctx, f.Bytes); err != nil {
			return r.place(err)
		}
	}
}

// precedence is the order in which entities are standardized: what others refer to comes first.
var precedence = []string{"patient", "encounter"}

// inOrder are the files in the order in which they are standardized: that in which they came, those that others refer to first.
func (w *work) inOrder() []*run {
	all := slices.Clone(w.runs)
	rank := func(r *run) int {
		if i := slices.Index(precedence, r.reading.plans[0].Entity.Name); i >= 0 {
			return i
		}
		return len(precedence)
	}
	slices.SortStableFunc(all, func(a, b *run) int { return rank(a) - rank(b) })
	return all
}

// conclude compares records, and writes what waited for that.
func (w *work) conclude(ctx context.Context) error {
	w.forgiveAbsent()
	w.progress.Stage.Store(int32(Comparing))
	for _, name := range w.entities() {
		if err := w.compareRecords(ctx, w.groups[name]); err != nil {
			return err
		}
	}
	w.progress.Stage.Store(int32(Writing))
	for _, r := range w.runs {
		for _, t := range r.targets {
			if err := r.flush(ctx, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// entities are the names of the groups, in an order that does not depend on chance.
func (w *work) entities() []string {
	var all []string
	for name := range w.groups {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// newStore makes a place for what does not fit in memory. The more files a job has, the less of each stays there.
func (w *work) newStore() *scratch.Store {
	o := w.limits.scratch()
	if o.Memory = min(o.Memory, sideMemory); o.Memory > 0 {
		o.Memory = max(1, o.Memory/int64(max(1, len(w.runs))))
	}
	s := scratch.New(o)
	w.stores = append(w.stores, s)
	return s
}

func (w *work) artifact(kind Kind, name string) *artifact {
	a := newArtifact(kind, name, w.sink, w.wants(kind))
	if a.wanted {
		w.artifacts = append(w.artifacts, a)
	}
	return a
}

// wants tells that an artifact is written: somebody asked for it, and rule 0.1 has validate write issues and report only.
func (w *work) wants(kind Kind) bool {
	switch kind {
	case CleanArtifact, QuarantineArtifact, LineageArtifact:
		return w.job.Wants[kind] && w.job.Operation != plan.Validate
	}
	return w.job.Wants[kind]
}

// newLedger keeps lines of an artifact, if that is wanted.
func (w *work) newLedger(kind Kind) ledger {
	if !w.wants(kind) {
		return ledger{}
	}
	return ledger{text: w.newStore(), marks: w.newStore()}
}

// guards tells that cells which a spreadsheet would run are guarded (rule SEC-1).
func (w *work) guards() bool { return w.job.Safe && w.job.Format == encode.CSV }
