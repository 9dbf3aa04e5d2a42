package pipeline

import (
	"context"
	"io"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// Inspection is how a file would be read.
type Inspection struct {
	Encoding, Compression, Delimiter string
	Header                           bool
	PreambleRows                     int
	Entity                           string
	Scores                           []entity.Score
	Columns                          []InspectedColumn
	Findings                         []report.Finding
	Records, Broken                  int64
	Routed                           []string
}

// InspectedColumn is what is known of one source column.
type InspectedColumn struct {
	report.Column
	Values, Nulls, Distinct int64
	Approximate             bool
	Shapes                  []ShapeCount
}

// Inspect reads a file as Run does and says how it would be read. It writes nothing.
func Inspect(ctx context.Context, p *pool.Pool, job *Job, limits Limits, input io.Reader, progress *Progress) (*Inspection, error) {
	w, ctx, stop := newWork(ctx, p, job, limits, nil, progress)
	defer stop()
	progress.Stage.Store(int32(Reading))
	r := w.newRun(&File{Name: job.FileName, SizeBytes: job.SizeBytes})
	r.profile = true
	if err := r.readIn(ctx, input); err != nil {
		return nil, cause(ctx, err)
	}
	return r.inspection(), nil
}

func (r *run) inspection() *Inspection {
	r.start()
	r.merge(newEngine(r, r.reading))
	d := r.source.dialect
	out := &Inspection{Encoding: string(r.source.label()), Compression: r.source.compression, Header: d.Header,
		PreambleRows: len(d.Preamble), Entity: r.primary().plan.Entity.Name, Scores: r.reading.choice.Scores, Findings: r.findings,
		Records: r.progress.Total.Load(), Broken: r.brokenCount}
	if d.Delimiter != 0 {
		out.Delimiter = string(rune(d.Delimiter))
	}
	if r.reading.mixed {
		for i, t := range r.targets {
			if r.came[i] > 0 {
				out.Routed = append(out.Routed, t.plan.Entity.Name)
			}
		}
	}
	at := r.primary().index
	for i, c := range report.Columns(r.targets[at].plan, &r.reading.mappings[at], r.targets[at].stats) {
		s := r.profiles[i].Summary()
		out.Columns = append(out.Columns, InspectedColumn{c, s.Values, s.Nulls, s.Distinct, s.Approximate, shapeCounts(&s)})
	}
	return out
}
