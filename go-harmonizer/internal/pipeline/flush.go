package pipeline

import (
	"cmp"
	"context"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// flush writes the rows of a target that waited until records were compared. Segments without a change are copied; the others
// are standardized again, because the same input gives the same records.
func (r *run) flush(ctx context.Context, t *target) error {
	if r.job.Operation == plan.Validate || t.count == 0 && t != r.primary() {
		return nil
	}
	clean, err := r.cleanOf(t)
	if err != nil || t.spool == nil {
		return err
	}
	next := 0
	copyUpTo := func(end int) error {
		for ; next < end; next++ {
			if err := clean.writeFrom(t.spool, t.parts[next].off, t.parts[next].size); err != nil {
				return err
			}
		}
		return nil
	}
	changed := r.changed(t)
	e := newEngine(r, r.reading)
	e.only = t.index
	e.change = func(seg *segment, table *plan.Table) { r.applyChanges(t, seg, table) }
	e.take = func(res *result) error {
		i := t.partOf(res.segment)
		if err := copyUpTo(i); err != nil {
			return err
		}
		next = i + 1
		return r.rewrite(t, &t.parts[i], &res.blocks[t.index], clean)
	}
	for _, i := range changed {
		if err := e.feed(ctx, t.parts[i].segment); err != nil {
			return err
		}
	}
	if err := e.finish(ctx); err != nil {
		return err
	}
	if err := copyUpTo(len(t.parts)); err != nil {
		return err
	}
	return r.amend(t)
}

// changed are the parts whose records changed; all of them where records are sent only now.
func (r *run) changed(t *target) []int {
	hit := map[int]bool{}
	for order := range t.changes {
		if t.of(order) == t {
			hit[t.partOf(t.at(order).segment)] = true
		}
	}
	var all []int
	for i := range t.parts {
		if hit[i] || r.late(t) && r.job.Records {
			all = append(all, i)
		}
	}
	return all
}

func (t *target) partOf(seg *segment) int {
	i, _ := slices.BinarySearchFunc(t.parts, seg.index, func(p part, index int) int { return cmp.Compare(p.segment.index, index) })
	return i
}

// applyChanges marks the records of a table and fills the quarantine with those that leave late.
func (r *run) applyChanges(t *target, seg *segment, table *plan.Table) {
	first := t.parts[t.partOf(seg)].first
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range table.Refs {
		c := t.changes[first+int64(i)]
		if c == nil {
			continue
		}
		table.Failed[i] = table.Failed[i] && !c.mended || c.failed
		set(table, i, "collision_group", []byte(c.group))
		set(table, i, "superseded_by", []byte(c.superseded))
		for _, s := range c.settings {
			t.setField(table, i, s)
		}
		if c.withdrawn {
			raw := r.shown(table.Batch.Text(table.Batch.Raw[table.Refs[i].Row]))
			r.quarantine.add(table.Numbers[i], encode.AppendQuarantine(nil, table.Numbers[i], c.rule, c.message, raw, r.job.Safe))
		}
	}
}

// set gives a mark of a record its text, unless that is empty.
func set(table *plan.Table, i int, field string, text []byte) {
	if slot := table.Plan.Slot(field); slot >= 0 && len(text) > 0 {
		v := &record.Value{Text: text, Clean: text, Outcome: record.OK, Differs: true}
		v.Sum()
		table.Put(slot, i, v)
	}
}

// setField gives a field of a record the text of another record.
func (t *target) setField(table *plan.Table, i int, s setting) {
	slot := t.plan.OutputSlot(s.field)
	if slot < 0 {
		return // The other file has a column that this one does not have.
	}
	old := table.Values[slot][i]
	v := &record.Value{Text: s.text, Clean: s.text, Outcome: record.Changed, Differs: true, Findings: old.Findings}
	if s.kept {
		v.Outcome = record.Kept
	}
	v.Sum()
	table.Put(slot, i, v)
}

// rewrite writes the rows of a part that was standardized again.
func (r *run) rewrite(t *target, p *part, b *encode.Block, clean *artifact) error {
	removed := p.removed
	for i := range p.count {
		if c := t.changes[p.first+int64(i)]; c != nil && (c.removed || c.withdrawn) && !p.isRemoved(uint32(i)) {
			removed = append(removed[:len(removed):len(removed)], uint32(i))
		}
	}
	slices.Sort(removed)
	if err := clean.write(withoutRows(b, removed)); err != nil {
		return err
	}
	if r.late(t) && r.job.Records {
		return r.sendCells(t, &b.Cells, p.count, removed)
	}
	return nil
}

// amend tells a reader of records what changed since they were sent.
func (r *run) amend(t *target) error {
	if !r.job.Records || r.late(t) || len(t.marks) == 0 {
		return nil
	}
	slices.SortFunc(t.marks, func(a, b Mark) int { return cmp.Compare(a.Number, b.Number) })
	return r.sink.Amend(r.file, t.marks)
}
