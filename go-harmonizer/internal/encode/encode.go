// Package encode turns tables of values into the bytes of artifacts: rows of the clean file, issue records, and the hashes by which
// duplicates are found.
package encode

import (
	"bytes"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Format is the format of the clean file.
type Format uint8

// The formats.
const (
	CSV Format = iota
	NDJSON
)

// Extension is the ending of a file of the format, without a dot.
func (f Format) Extension() string { return [...]string{"csv", "ndjson"}[f] }

// MediaType is the MIME type of the format.
func (f Format) MediaType() string {
	return [...]string{"text/csv; charset=utf-8", "application/x-ndjson"}[f]
}

// Options are how records are written.
type Options struct {
	Format Format
	// Safe guards CSV cells that a spreadsheet would run as a formula (rule SEC-1).
	Safe bool
	// File is the client's name of the file, for issue records.
	File string
	// Quarantine asks for the lines of records with an error in a required field.
	Quarantine bool
	// Hashes asks for the hash of every record.
	Hashes bool
	// Cells asks for the texts of every record beside its row.
	Cells bool
	// Lineage asks for a line about each value that is not as it came.
	Lineage bool
	// Private leaves all values of the input out of issues, quarantine and lineage (rule DEID-1).
	Private bool
}

// Block is what the records of a batch became. It is reused.
type Block struct {
	// Rows are the encoded records, Ends where each ends in Rows.
	Rows []byte
	Ends []int
	// Numbers are the numbers of the records in the file, Outputs those they bear in the output.
	Numbers, Outputs []int64
	// Failed tells which records carry an error.
	Failed []bool
	// Source is the row of the batch that a record comes from.
	Source []uint32
	// Hashes are the hashes of the records by rule DED-1; empty when not asked for.
	Hashes []xxh3.Uint128
	// Issues are the encoded issue records, one line each, by ascending record number.
	Issues Lines
	// Quarantine are the lines of records that leave for the quarantine, and Withdrawn tells which records these are.
	Quarantine Lines
	Withdrawn  []bool
	// Lineage are lines about values that are not as they came, by ascending record number and then in the order of the columns; empty
	// when not asked for.
	Lineage Lines
	// Errors and Warnings are how many issues of these severities there are.
	Errors, Warnings int64
	// Cells are the texts of the records; empty when not asked for.
	Cells Cells
}

// Cells are texts column by column, [column][record] in one buffer of their own.
type Cells struct {
	Text  []byte
	Spans [][]CellSpan
}

// CellSpan is a text of Cells.
type CellSpan struct {
	Off, Len uint32
	Null     bool
}

// Lines are lines that belong to records.
type Lines struct {
	Text    []byte
	Ends    []int
	Numbers []int64
}

// Add ends the line that was appended to Text.
func (l *Lines) Add(number int64) {
	l.Ends = append(l.Ends, len(l.Text))
	l.Numbers = append(l.Numbers, number)
}

// Merge makes one of several lines in the order of record numbers; those of one record stay in the order of the arguments.
func Merge(all ...*Lines) *Lines {
	var some []*Lines
	for _, l := range all {
		if len(l.Ends) > 0 {
			some = append(some, l)
		}
	}
	if len(some) == 1 {
		return some[0]
	}
	merged, next := &Lines{}, make([]int, len(some))
	for {
		best := -1
		for i, l := range some {
			if next[i] < len(l.Ends) && (best < 0 || l.Numbers[next[i]] < some[best].Numbers[next[best]]) {
				best = i
			}
		}
		if best < 0 {
			return merged
		}
		l, k := some[best], next[best]
		merged.Text = append(merged.Text, l.line(k)...)
		merged.Add(l.Numbers[k])
		next[best]++
	}
}

func (l *Lines) line(k int) []byte {
	if k == 0 {
		return l.Text[:l.Ends[0]]
	}
	return l.Text[l.Ends[k-1]:l.Ends[k]]
}

// Reset empties the lines.
func (l *Lines) Reset() { l.Text, l.Ends, l.Numbers = l.Text[:0], l.Ends[:0], l.Numbers[:0] }

// Encoder writes the tables of one plan, for one worker at a time.
type Encoder struct {
	plan    *plan.Plan
	options Options
	names   [][]byte // of the columns, as the format writes them before a value
	order   []int    // slots that take part in the hash
	seed    uint64   // of the hash: the names of these columns
	hash    []byte
	raws    []byte
	issues  issueWriter
	worker  *plan.Worker
	formula []int // columns of the record that were guarded
	hashed  bool  // the hashes of the next table are taken
	tracer  *tracer
}

// New makes an encoder that counts in the worker's counters.
func New(p *plan.Plan, w *plan.Worker, o Options) *Encoder {
	e := &Encoder{plan: p, options: o, worker: w, issues: newIssueWriter(p.Entity.Name, o.File)}
	var names []byte
	for i, out := range p.Written {
		if o.Format == NDJSON {
			e.names = append(e.names, jsonName(out.Name, i == 0))
		}
	}
	for _, out := range p.Layout {
		if takesPart(out) {
			e.order = append(e.order, out.Slot)
			names = append(append(names, out.Name...), 0x1f)
		}
	}
	e.seed = xxh3.Hash(names)
	if o.Lineage {
		e.tracer = newTracer(p)
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

// Hash takes the hashes of a table when they are asked for. It is called where the table changes between its hashes and Encode, which
// takes them otherwise.
func (e *Encoder) Hash(t *plan.Table, b *Block) {
	b.Hashes = b.Hashes[:0]
	if e.options.Hashes {
		e.hashAll(t, b)
	}
	e.hashed = true
}

// Encode writes a table into a block.
func (e *Encoder) Encode(t *plan.Table, b *Block) {
	if !e.hashed {
		e.Hash(t, b)
	}
	e.hashed = false
	b.reset()
	extra := 0
	for i := range t.Refs {
		e.formula = e.formula[:0]
		b.Rows = e.appendRow(b.Rows, t, i)
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
		b.Source = append(b.Source, t.Refs[i].Row)
	}
	b.Numbers, b.Outputs = append(b.Numbers, t.Numbers...), append(b.Outputs, t.Outputs...)
	b.Failed = append(b.Failed, t.Failed...)
	if e.options.Cells {
		e.copyCells(t, b)
	}
}

func (b *Block) reset() {
	b.Rows, b.Ends, b.Numbers, b.Failed, b.Source = b.Rows[:0], b.Ends[:0], b.Numbers[:0], b.Failed[:0], b.Source[:0]
	b.Withdrawn, b.Outputs = b.Withdrawn[:0], b.Outputs[:0]
	b.Errors, b.Warnings = 0, 0
	b.Issues.Reset()
	b.Quarantine.Reset()
	b.Lineage.Reset()
	b.Cells = Cells{}
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

// text returns the text of a column of the output, nil for null.
func (e *Encoder) text(t *plan.Table, i int, out *plan.Out) []byte {
	switch out.Kind {
	case entity.OutSource:
		return e.sourceText(t, i, out)
	case entity.OutRecordNo:
		e.raws = strconv.AppendInt(e.raws[:0], t.Outputs[i], 10)
		return e.raws
	case entity.OutRecordStatus:
		e.raws = append(e.raws[:0], Status(e.plan, t.Failed[i])...)
		return e.raws
	}
	return t.Values[out.Slot][i].Text
}

// sourceText returns the carried source text, or the cell where the output differs from it (rule 0.2).
func (e *Encoder) sourceText(t *plan.Table, i int, out *plan.Out) []byte {
	if out.Column >= 0 {
		if carried := t.Batch.Cell(out.Column, int(t.Refs[i].Row)); len(carried) > 0 {
			return carried
		}
	}
	if e.plan.Settings.Harmonized {
		return nil
	}
	v := t.Values[out.Slot][i]
	if !v.Differs {
		return nil
	}
	raw := t.Raw(out.Slot, i)
	if len(raw) == 0 || bytes.Equal(raw, v.Text) {
		return nil
	}
	return raw
}

// hashAll computes the hash of every record. The halves of a split blood pressure hash each other too, so that a pair goes
// together.
func (e *Encoder) hashAll(t *plan.Table, b *Block) {
	for i := range t.Refs {
		b.Hashes = append(b.Hashes, xxh3.Hash128Seed(e.Compared(t, i), e.seed))
	}
}

// Compared returns what rule DED-1 compares of a record. It lasts until the next call. The names of the columns, which the rule has
// before each value, are the same for all records of a plan and are in the seed of the hash.
func (e *Encoder) Compared(t *plan.Table, i int) []byte {
	e.hash = e.serialize(e.hash[:0], t, i)
	if other := t.OtherHalf(i); other.Text != nil {
		e.hash = append(append(e.hash, 0x1e), other.Text...)
	}
	return e.hash
}

func (e *Encoder) serialize(to []byte, t *plan.Table, i int) []byte {
	for _, c := range e.order {
		if text := t.Values[c][i].Text; text == nil {
			to = append(to, 0, 0x1f)
		} else {
			to = append(append(to, text...), 0x1f)
		}
	}
	return to
}

func (e *Encoder) copyCells(t *plan.Table, b *Block) {
	cells := &b.Cells
	cells.Spans = make([][]CellSpan, len(e.plan.Written))
	for c := range e.plan.Written {
		column := make([]CellSpan, len(t.Refs))
		for i := range column {
			text := e.text(t, i, &e.plan.Written[c])
			column[i] = CellSpan{uint32(len(cells.Text)), uint32(len(text)), text == nil}
			cells.Text = append(cells.Text, text...)
		}
		cells.Spans[c] = column
	}
}

// guarded marks texts in Value.Layout.
const (
	scanned uint8 = 1 << iota
	quoted
	formula
)

// look finds out once how a text is laid out in CSV.
func look(v *record.Value) uint8 {
	if v.Layout == 0 {
		v.Layout = lookAt(v.Text)
	}
	return v.Layout
}

func lookAt(text []byte) uint8 {
	marks := scanned
	if csvfmt.NeedsQuote(text) {
		marks |= quoted
	}
	if csvfmt.IsFormula(text) {
		marks |= formula
	}
	return marks
}
