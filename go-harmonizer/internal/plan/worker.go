package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Worker runs a plan over batches, one at a time.
type Worker struct {
	// Counters are how often each finding was made.
	Counters *rule.Counters
	// Stats are what became of the fields.
	Stats Stats

	plan       *Plan
	table      Table
	arena      rule.Arena
	evaluators [][]*rule.Evaluator // [variant][slot]; shared between variants where they read the same
	records    []*rule.RowRunner
	peers      []*record.Value
	sources    []*record.Value
	block      block
	recent     []told
	starts     []int32 // of the records among the findings that are sorted
	spare      []Extra
}

// NewWorker makes a worker of a plan that is weighed.
func NewWorker(p *Plan) *Worker {
	w := &Worker{plan: p, Counters: rule.NewCounters()}
	w.table = Table{Plan: p, Values: make([][]*record.Value, len(p.slots)), Traits: make([]record.Traits, len(p.slots)),
		blank: make([]bool, len(p.slots))}
	hygiene, quiet, likeness, read := rule.Hygiene(), rule.QuietHygiene(), rule.NewLikeness(), p.readSlots()
	room := rule.NewRoom()
	for v := range p.variants {
		own := make([]*rule.Evaluator, len(p.slots))
		for s := range p.slots {
			column := p.variants[v].columns[s]
			switch {
			case p.slots[s].passive:
			case v > 0 && column == p.variants[0].columns[s]:
				own[s] = w.evaluators[0][s]
			default:
				chain, clean := rule.Chain{Column: column, Standardizer: p.slots[s].chain, Lacks: p.slots[s].lacks()}, hygiene
				if strings.Contains(p.slots[s].name, partMark) {
					chain, clean = rule.Chain{Column: column}, quiet
				}
				chain.Likeness, chain.Read = likeness, p.readOf(s, read)
				chain.Room = room
				own[s] = rule.NewEvaluator(chain, clean, w.Counters, !p.Settings.Plain)
			}
		}
		w.evaluators = append(w.evaluators, own)
	}
	w.Stats.prepare(p, w.Counters)
	for _, r := range p.records {
		if runner := rule.NewRowRunner(r.rule, p.File, p.Settings.Params, r.slots, &w.arena); runner != nil {
			w.records = append(w.records, runner)
		}
	}
	return w
}

// Run standardizes the given rows of a batch. first is the number of the batch's first record; n tells which rows are not its own.
func (w *Worker) Run(b *record.Batch, rows []uint32, first int64, n Neighbours) *Table {
	w.reset(b, first)
	for _, row := range rows {
		before := len(w.table.Refs)
		w.table.Refs = w.plan.expand(b, row, w.table.Refs)
		if len(w.table.Refs) == before {
			w.table.Empty = append(w.table.Empty, row)
		}
	}
	w.number()
	for _, s := range w.plan.order {
		w.fill(s)
	}
	w.fillPanels()
	w.pairHalves()
	w.runRecordRules()
	w.table.trim(n)
	w.Stats.add(&w.table)
	w.markFailed()
	return &w.table
}

func (w *Worker) reset(b *record.Batch, first int64) {
	forgot := false
	for _, own := range w.evaluators {
		for _, e := range own {
			if e != nil && e.Tidy() {
				forgot = true
			}
		}
	}
	if forgot {
		w.Stats.settle()
	}
	w.arena.Reset()
	t := &w.table
	t.Batch, t.First = b, first
	t.Refs, t.Extra, t.Empty, t.Failed = t.Refs[:0], t.Extra[:0], t.Empty[:0], t.Failed[:0]
	t.Numbers, t.Outputs = t.Numbers[:0], t.Outputs[:0]
}

// number gives each record its number, and the one it bears in the output: a harmonized file carries that.
func (w *Worker) number() {
	t := &w.table
	for _, ref := range t.Refs {
		n := t.First + int64(t.Batch.Index[ref.Row])
		t.Numbers = append(t.Numbers, n)
		if w.plan.recordNo >= 0 {
			if carried, err := strconv.ParseInt(string(t.Batch.Cell(w.plan.recordNo, int(ref.Row))), 10, 64); err == nil {
				n = carried
			}
		}
		t.Outputs = append(t.Outputs, n)
	}
}

// fill computes one slot for all records.
func (w *Worker) fill(s int) {
	if w.plan.slots[s].passive {
		w.fillPassive(s)
		return
	}
	values := w.room(s)
	for v := range w.plan.variants {
		w.fillVariant(s, v, values)
	}
	if len(w.plan.slots[s].derives) > 0 {
		w.spread(s, values)
	}
}

// room returns the values of a slot as they were left, one for each record.
func (w *Worker) room(s int) []*record.Value {
	t, n := &w.table, len(w.table.Refs)
	t.Values[s] = slices.Grow(t.Values[s][:0], n)[:n]
	w.table.blank[s] = false
	return t.Values[s]
}

// fillPassive makes a slot null, or what the rules derived: they wrote after, because writers come after what they write.
func (w *Worker) fillPassive(s int) {
	if w.table.blank[s] && cap(w.table.Values[s]) >= len(w.table.Refs) {
		w.table.Values[s] = w.table.Values[s][:len(w.table.Refs)]
		return
	}
	values := w.room(s)
	whole := values[:cap(values)]
	for i := range whole {
		whole[i] = record.Null
	}
	w.table.blank[s] = true
	if w.plan.slots[s].name == partSlot {
		w.table.blank[s] = false
		for i, ref := range w.table.Refs {
			values[i] = partValues[ref.Part]
		}
	}
}

func (w *Worker) fillVariant(s, v int, values []*record.Value) {
	slot, from, e := &w.plan.slots[s], w.plan.variants[v].cells[s], w.evaluators[v][s]
	if from.column < 0 && len(from.constant) == 0 && e.IsIdle() {
		w.fillNull(v, values)
		return
	}
	w.peers, w.sources = nulls(w.peers, len(slot.peers)), nulls(w.sources, len(slot.sources))
	block, recalls, depends := &w.block, false, false
	for next := 0; next < len(values); {
		next = w.cut(from, v, next)
		n := block.n
		if recalls, depends = e.Recalls(); recalls {
			for k := 0; depends && k < n; k++ {
				w.gather(slot, block.records[k])
				block.contexts[k] = e.Context(w.peers, w.sources)
			}
			e.Recall(block.raws[:n], block.contexts[:n], block.values[:n])
		}
		for k, i := range block.records[:n] {
			if values[i] = block.values[k]; !recalls || values[i] == nil {
				w.gather(slot, i)
				values[i] = e.Eval(block.raws[k], w.peers, w.sources, &w.arena)
			}
		}
	}
	clear(block.contexts[:])
}

// fillNull fills a slot that has no cells in a variant.
func (w *Worker) fillNull(v int, values []*record.Value) {
	for i := range values {
		if int(w.table.Refs[i].Variant) == v {
			values[i] = record.Null
		}
	}
}

// block is some cells of a slot.
type block struct {
	n        int
	records  [rule.RecallMost]int
	raws     [rule.RecallMost][]byte
	contexts [rule.RecallMost]uint32
	values   [rule.RecallMost]*record.Value
}

// cut fills the block with the next cells that a slot reads in a variant, and returns the record behind them.
func (w *Worker) cut(from cellSource, v, next int) int {
	refs, data, raw, n := w.table.Refs, w.table.Batch.Data, from.constant, 0
	var cells []record.Span
	if from.column >= 0 {
		cells = w.table.Batch.Cells[from.column]
	}
	for ; next < len(refs) && n < rule.RecallMost; next++ {
		ref := &refs[next]
		if int(ref.Variant) != v {
			continue
		}
		if cells != nil {
			s := cells[ref.Row]
			raw = data[s.Off : s.Off+s.Len : s.Off+s.Len]
		}
		w.block.records[n], w.block.raws[n] = next, raw
		n++
	}
	w.block.n = n
	return next
}

// nulls makes n values of an empty cell.
func nulls(to []*record.Value, n int) []*record.Value {
	to = slices.Grow(to[:0], n)[:n]
	for i := range to {
		to[i] = record.Null
	}
	return to
}

// gather finds what a slot reads of a record in the slots that the file has.
func (w *Worker) gather(slot *slot, i int) {
	for k, s := range slot.peers {
		if s >= 0 {
			w.peers[k] = w.table.Values[s][i]
		}
	}
	for k, s := range slot.sources {
		if s >= 0 {
			w.sources[k] = w.table.Values[s][i]
		}
	}
}

// spread writes what the rules of a slot derived. A field that has findings of its own keeps them beside its new value.
func (w *Worker) spread(s int, values []*record.Value) {
	derives := w.plan.slots[s].derives
	for i, v := range values {
		if v.Traits&record.Deriving == 0 {
			continue
		}
		for k, derived := range v.Derived {
			if derived == nil || derives[k] < 0 {
				continue
			}
			d := derives[k]
			at := &w.table.Values[d][i]
			if (*at).Traits&record.Noted != 0 {
				for _, f := range (*at).Findings {
					w.table.Extra = append(w.table.Extra, Extra{i, d, f})
				}
			}
			*at, w.table.blank[d] = derived, false
		}
	}
}

// fillPanels names the records that belong together by the number of their row.
func (w *Worker) fillPanels() {
	if w.plan.panel < 0 {
		return
	}
	for i, ref := range w.table.Refs {
		if ref.Panel {
			text := strconv.AppendInt(w.arena.Bytes(20), w.table.Outputs[i], 10)
			v := &record.Value{Text: text, Clean: text, Outcome: record.OK, Differs: true}
			v.Sum()
			w.table.Values[w.plan.panel][i], w.table.blank[w.plan.panel] = v, false
		}
	}
}

// runRecordRules runs the rules that look at whole records.
func (w *Worker) runRecordRules() {
	for _, r := range w.records {
		slots := r.Slots()
		for _, s := range slots {
			if s >= 0 {
				w.table.blank[s] = false // The rule may fill it.
			}
		}
		for i := range w.table.Refs {
			prev := w.table.previous(i)
			for _, f := range r.Run(w.table.Values, i, prev) {
				w.extra(i, slots[f.Field], f.Finding)
				if f.Both && prev >= 0 && f.Finding.Severity == record.Error {
					w.table.Extra = append(w.table.Extra, Extra{prev, -1, f.Finding})
				}
			}
		}
	}
	w.sortExtra()
}

// sortExtra brings the findings into the order of the records, those of a record staying as they are: each is moved once.
func (w *Worker) sortExtra() {
	extra := w.table.Extra
	if slices.IsSortedFunc(extra, func(a, b Extra) int { return a.Record - b.Record }) {
		return
	}
	w.starts = slices.Grow(w.starts[:0], len(w.table.Refs)+1)[:len(w.table.Refs)+1]
	clear(w.starts)
	for i := range extra {
		w.starts[extra[i].Record+1]++
	}
	for i := range w.table.Refs {
		w.starts[i+1] += w.starts[i]
	}
	sorted := slices.Grow(w.spare[:0], len(extra))[:len(extra)]
	for i := range extra {
		at := &w.starts[extra[i].Record]
		sorted[*at] = extra[i]
		*at++
	}
	w.table.Extra, w.spare = sorted, extra
}

// extra keeps a finding of a record rule; fields that the file does not have say nothing.
func (w *Worker) extra(i, slot int, f record.Finding) {
	if slot < 0 {
		return
	}
	f.Counter = w.counter(w.table.Column(slot, i), &f)
	w.table.Extra = append(w.table.Extra, Extra{i, slot, f})
}

// told is a finding that a record rule made about a column.
type told struct {
	column  *rule.Column
	finding record.Finding
}

const recentMost = 16 // findings of record rules whose counters a worker knows by heart

// counter returns the counter of a finding about a column.
func (w *Worker) counter(column *rule.Column, f *record.Finding) int32 {
	for i := range w.recent {
		r := &w.recent[i]
		if r.column == column && r.finding.Rule == f.Rule && r.finding.Message == f.Message && r.finding.Severity == f.Severity &&
			r.finding.Outcome == f.Outcome && r.finding.Field == f.Field && r.finding.Aggregate == f.Aggregate {
			return r.finding.Counter
		}
	}
	known := *f
	known.Counter = w.Counters.Intern(w.Counters.Column(column), *f)
	if len(w.recent) < recentMost {
		w.recent = append(w.recent, told{column, known})
	}
	return known.Counter
}

// markFailed finds the records that carry an error.
func (w *Worker) markFailed() {
	t := &w.table
	t.Failed = slices.Grow(t.Failed, len(t.Refs))[:len(t.Refs)]
	clear(t.Failed)
	for s, traits := range t.Traits {
		if traits&record.Failing == 0 || w.plan.slots[s].clean || w.plan.slots[s].passive && w.plan.slots[s].field < 0 {
			continue
		}
		for i, v := range t.Values[s] {
			if v.Traits&record.Failing != 0 {
				t.Failed[i] = true
			}
		}
	}
	for _, x := range t.Extra {
		if x.Finding.Severity == record.Error {
			t.Failed[x.Record] = true
		}
	}
}
