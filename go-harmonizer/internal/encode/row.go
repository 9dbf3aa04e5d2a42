package encode

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/ndjsonfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// form is what a format puts around texts.
type form struct {
	before [][]byte  // each column of the output
	null   []byte    // in the place of a text
	end    []byte    // of a row
	status [2][]byte // record_status, without and with an error
}

func newForm(p *plan.Plan, f Format) form {
	ok, failed := []byte(Status(p, false)), []byte(Status(p, true))
	o := form{end: []byte{'\n'}, status: [2][]byte{ok, failed}}
	if f == NDJSON {
		o = form{null: []byte("null"), end: []byte("}\n"),
			status: [2][]byte{ndjsonfmt.AppendString(nil, ok), ndjsonfmt.AppendString(nil, failed)}}
	}
	for i, out := range p.Written {
		start := []byte{','}
		switch {
		case f == NDJSON:
			o.before = append(o.before, jsonName(out.Name, i == 0))
			continue
		case i == 0:
			start = nil
		}
		o.before = append(o.before, start)
	}
	return o
}

// jsonName returns what stands before a value: the brace or comma, the name and the colon.
func jsonName(name string, first bool) []byte {
	start := byte(',')
	if first {
		start = '{'
	}
	return append(ndjsonfmt.AppendString([]byte{start}, []byte(name)), ':')
}

// step writes a column of a row that is not null in all records of the page. What stands before it holds the columns that are.
type step struct {
	before []byte
	kind   entity.Kind
	column int // of the output
	cells  []cell
}

// plot finds the steps that write the records of the page, and what ends a row.
func (e *Encoder) plot() {
	e.steps, e.between = e.steps[:0], e.between[:0]
	start := 0
	for c := range e.plan.Written {
		e.between = append(e.between, e.form.before[c]...)
		kind, cells := e.plan.Written[c].Kind, []cell(nil)
		if column := e.columnOf(c); column != nil {
			if !column.live {
				e.between = append(e.between, e.form.null...)
				continue
			}
			cells = column.cells
		}
		e.steps = append(e.steps, step{e.between[start:], kind, c, cells})
		start = len(e.between)
	}
	e.between = append(e.between, e.form.end...)
	e.ending = e.between[start:]
}

// columnOf returns where the texts of a column of the output are; nil: it is made of none.
func (e *Encoder) columnOf(written int) *column {
	switch out := &e.plan.Written[written]; out.Kind {
	case entity.OutRecordNo, entity.OutRecordStatus:
		return nil
	case entity.OutSource:
		return &e.page.sources[written]
	default:
		return &e.page.slots[out.Slot]
	}
}

// appendRow writes record i of the table, one of the page.
func (e *Encoder) appendRow(row []byte, t *plan.Table, i int) []byte {
	for k := range e.steps {
		s := &e.steps[k]
		if len(s.before) == 1 { // Mostly: calls for so little add up.
			row = append(row, s.before[0])
		} else {
			row = append(row, s.before...)
		}
		switch s.kind {
		case entity.OutRecordNo:
			row = append(row, e.output.text...)
		case entity.OutRecordStatus:
			row = append(row, e.status(t.Failed[i])...)
		default:
			if e.options.Format == NDJSON {
				row = e.appendString(row, &s.cells[i-e.page.from])
			} else {
				row = e.appendCell(row, &s.cells[i-e.page.from], s.column)
			}
		}
	}
	return append(row, e.ending...)
}

func (e *Encoder) status(failed bool) []byte {
	if failed {
		return e.form.status[1]
	}
	return e.form.status[0]
}

// appendCell writes a cell of CSV; a formula gets a leading ' and is noted (rule SEC-1).
func (e *Encoder) appendCell(row []byte, c *cell, column int) []byte {
	if c.marks&(quoted|formula) == 0 {
		return append(row, c.text...)
	}
	guard := c.marks&formula != 0 && e.options.Safe
	if guard {
		e.formula = append(e.formula, column)
	}
	return csvfmt.AppendCell(row, c.text, c.marks&quoted != 0, guard)
}

// appendString writes a value of JSON.
func (e *Encoder) appendString(row []byte, c *cell) []byte {
	switch {
	case c.text == nil:
		return append(row, "null"...)
	case c.marks&escaped == 0:
		return append(append(append(row, '"'), c.text...), '"')
	}
	return ndjsonfmt.AppendString(row, c.text)
}
