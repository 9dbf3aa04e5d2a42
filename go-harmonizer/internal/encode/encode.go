// Package encode turns tables of values into the bytes of artifacts: rows of the clean file, issue records, and the hashes by which
// duplicates are found.
package encode

import (
	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Encoder writes the tables of one plan, for one worker at a time.
type Encoder struct {
	plan    *plan.Plan
	options Options
	worker  *plan.Worker
	form    form
	order   []int  // slots that take part in the hash
	seed    uint64 // of the hash: the names of these columns
	hashed  bool   // the hashes of the next table are taken
	page    page
	lines   [][record.OutcomeCount]line // by counter and outcome
	tracer  *tracer

	// Of the page at hand.
	steps           []step
	between, ending []byte
	compared        []compared
	issues          told // findings that are written record by record

	// Of the record at hand.
	number  digits // its number in the file
	formula []int  // columns that were guarded
	hash    []byte

	output digits    // the number of the last record in the output
	status [2][]byte // the words of record_status, without and with an error
}

// New makes an encoder that counts in the worker's counters.
func New(p *plan.Plan, w *plan.Worker, o Options) *Encoder {
	e := &Encoder{plan: p, options: o, worker: w, form: newForm(p, o.Format), page: newPage(p)}
	e.status = [2][]byte{[]byte(Status(p, false)), []byte(Status(p, true))}
	var names []byte
	for _, out := range p.Layout {
		if takesPart(out) {
			e.order = append(e.order, out.Slot)
			e.page.slots[out.Slot].read = true
			names = append(append(names, out.Name...), 0x1f)
		}
	}
	e.seed = xxh3.Hash(names)
	if o.Lineage {
		e.tracer = newTracer(p, o.File)
	}
	return e
}

// takesPart tells that a column is compared by rule DED-1.
func takesPart(o plan.Out) bool {
	switch o.Kind {
	case entity.OutSource, entity.OutRecordNo, entity.OutRecordStatus:
		return false
	}
	return o.Name != "panel_id" && o.Name != "collision_group" && o.Name != "superseded_by"
}

// Header returns the header row of the clean file, empty for NDJSON.
func (e *Encoder) Header() []byte {
	if e.options.Format == NDJSON {
		return nil
	}
	var row []byte
	for i, out := range e.plan.Written {
		if i > 0 {
			row = append(row, ',')
		}
		row = appendText(row, []byte(out.Name), false)
	}
	return append(row, '\n')
}

// appendText writes a cell of CSV, guarded against formulas on demand.
func appendText(row, text []byte, guard bool) []byte {
	return csvfmt.AppendCell(row, text, csvfmt.NeedsQuote(text), guard && csvfmt.IsFormula(text))
}

// Encode writes a table into a block.
func (e *Encoder) Encode(t *plan.Table, b *Block) {
	hashes := e.options.Hashes && !e.hashed
	if !e.hashed {
		b.Hashes = b.Hashes[:0]
	}
	e.hashed = false
	columns := 0
	if e.options.Cells {
		columns = len(e.plan.Written)
	}
	b.reset(columns)
	extra := 0
	for from := 0; from < len(t.Refs); from += e.page.size {
		e.turn(t, from)
		extra = e.writePage(t, extra, b)
		if hashes {
			e.hashPage(t, b)
		}
		if e.options.Cells {
			e.copyCells(&b.Cells)
		}
	}
	b.Numbers, b.Outputs, b.Failed = append(b.Numbers, t.Numbers...), append(b.Outputs, t.Outputs...), append(b.Failed, t.Failed...)
	for _, ref := range t.Refs {
		b.Source = append(b.Source, ref.Row)
	}
}

// turn gathers everything about the records that start at from.
func (e *Encoder) turn(t *plan.Table, from int) {
	e.page.turn(t, from)
	e.issues.reset(e.page.len())
	if e.tracer != nil {
		e.tracer.notes.reset(e.page.len())
	}
	for slot := range t.Values {
		if t.Traits[slot] == 0 && e.tracer == nil {
			e.page.slots[slot].live = false // Nothing in the batch is written or told.
			continue
		}
		e.page.gather(t, slot)
		e.hear(t, slot)
	}
	for c := range e.plan.Written {
		switch e.plan.Written[c].Kind {
		case entity.OutSource:
			e.gatherSource(t, c)
		case entity.OutRecordNo:
			e.gatherNumbers(t, c)
		case entity.OutRecordStatus:
			e.gatherStatus(t, c)
		}
	}
	e.plot()
	if e.tracer != nil {
		e.survey()
	}
}

// writePage writes rows, issues and lineage of the records of the page. extra is the first finding of the table that is theirs; it
// returns the first that is not.
func (e *Encoder) writePage(t *plan.Table, extra int, b *Block) int {
	for i := e.page.from; i < e.page.to; i++ {
		e.formula = e.formula[:0]
		e.number.set(t.Numbers[i])
		if e.options.Format == NDJSON {
			b.Rows = e.appendJSON(b.Rows, i-e.page.from)
		} else {
			b.Rows = e.appendCSV(b.Rows, i-e.page.from)
		}
		b.Ends = append(b.Ends, len(b.Rows))
		next := extra
		for next < len(t.Extra) && t.Extra[next].Record == i {
			next++
		}
		e.report(t, i, t.Extra[extra:next], b)
		if e.tracer != nil {
			e.trace(t, i, t.Extra[extra:next], b)
		}
		extra = next
	}
	return extra
}

// Status returns the word of record_status (rule 0.7).
func Status(p *plan.Plan, failed bool) string {
	switch {
	case p.Settings.Operation == plan.Clean:
		return "unchecked"
	case failed:
		return "error"
	}
	return "ok"
}
