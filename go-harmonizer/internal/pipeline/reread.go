package pipeline

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// rereader reads records that were put together from several (rule DED-6) as those of a harmonized file: what stands side by side in
// them never did before, and harmonizing twice has to be harmonizing once (rule 0.10).
type rereader struct {
	fields []int // of the shape, by column
	parser *csvfmt.Parser
	worker *plan.Worker
	batch  record.Batch
	cells  []string
}

func newRereader(t *target, shape *cross.Shape) *rereader {
	r, job := &rereader{}, t.run.job
	var headers []string
	for f, name := range shape.Fields {
		if shape.Slot(t.plan, f) >= 0 {
			r.fields, headers = append(r.fields, f), append(headers, name)
		}
	}
	m := entity.Map(t.plan.Entity, headers, entity.Options{Entity: t.entity, Harmonized: true, Declared: job.Params.Declarations()})
	p := plan.New(&m, plan.Settings{Operation: job.Operation, Params: &job.Params, Harmonized: true, Plain: job.Plain})
	t.run.refer(p)
	r.parser = csvfmt.NewParser(csvfmt.Dialect{Delimiter: ','}, len(headers), t.run.limits.MaxField)
	r.worker = plan.NewWorker(p)
	return r
}

// errors returns the errors of a record.
func (r *rereader) errors(m *cross.Member) (all []cross.Found, err error) {
	r.cells = r.cells[:0]
	for _, f := range r.fields {
		r.cells = append(r.cells, m.Texts[f])
	}
	if err := r.parser.Parse(csvfmt.AppendRow(nil, r.cells, false), &r.batch); err != nil {
		return nil, err
	}
	t := r.worker.Run(&r.batch, []uint32{0}, m.Number, plan.Neighbours{})
	add := func(slot int, f record.Finding) {
		if f.Field == "" {
			f.Field = t.Plan.SlotName(slot)
		}
		if f.Severity == record.Error {
			all = append(all, cross.Found{Field: f.Field, Finding: f})
		}
	}
	for slot, values := range t.Values {
		if !t.Plan.Reports(slot) {
			continue
		}
		for _, f := range values[0].Findings {
			add(slot, f)
		}
	}
	for _, x := range t.Extra {
		if x.Slot >= 0 {
			add(x.Slot, x.Finding)
		}
	}
	return all, nil
}

// reread returns what is wrong with a record that took texts of others: whether anything is, and the errors that neither it nor the
// record had whose text it took.
func (t *target) reread(shape *cross.Shape, v *cross.Verdict) (merged *cross.Member, wrong bool, fresh []cross.Found, err error) {
	if len(v.Settings) == 0 {
		return v.Member, false, nil, nil
	}
	if t.rereader == nil {
		t.rereader = newRereader(t, shape)
	}
	merged = shape.With(v.Member, v.Settings)
	all, err := t.rereader.errors(merged)
	for _, f := range all {
		if i := slices.Index(shape.Fields, f.Field); i < 0 || !v.SourceOf(i).Wrong[i] {
			fresh = append(fresh, f)
		}
	}
	return merged, len(all) > 0 || v.Member.Halved, fresh, err
}
