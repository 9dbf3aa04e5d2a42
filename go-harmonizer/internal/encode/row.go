package encode

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/ndjsonfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// form is what a format puts around texts.
type form struct {
	before [][]byte // each column of the output
	null   []byte   // in the place of a text
	end    []byte   // of a row
}

func newForm(p *plan.Plan, f Format) form {
	o := form{end: []byte{'\n'}}
	if f == NDJSON {
		o = form{null: []byte("null"), end: []byte("}\n")}
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
	cells  []cell
	column int // of the output
}

// plot finds the steps that write the records of the page, and what ends a row.
func (e *Encoder) plot() {
	e.steps, e.between = e.steps[:0], e.between[:0]
	start := 0
	for c := range e.plan.Written {
		e.between = append(e.between, e.form.before[c]...)
		column := e.columnOf(c)
		if !column.live {
			e.between = append(e.between, e.form.null...)
			continue
		}
		e.steps = append(e.steps, step{e.between[start:], column.cells, c})
		start = len(e.between)
	}
	e.between = append(e.between, e.form.end...)
	e.ending = e.between[start:]
}

// columnOf returns where the texts of a column of the output are.
func (e *Encoder) columnOf(written int) *column {
	switch out := &e.plan.Written[written]; out.Kind {
	case entity.OutSource, entity.OutRecordNo, entity.OutRecordStatus:
		return &e.page.made[written]
	default:
		return &e.page.slots[out.Slot]
	}
}

// text returns what a column of the output holds for record i of the table, one of the page; nil: null.
func (e *Encoder) text(written, i int) []byte {
	c := e.columnOf(written)
	if !c.live {
		return nil
	}
	return c.cells[i-e.page.from].text
}

// appendCSV writes record i of the page as a row of CSV.
func (e *Encoder) appendCSV(row []byte, i int) []byte {
	for k := range e.steps {
		s := &e.steps[k]
		if len(s.before) == 1 { // Mostly: calls for so little add up.
			row = append(row, s.before[0])
		} else {
			row = append(row, s.before...)
		}
		if c := &s.cells[i]; c.marks&(quoted|formula) == 0 {
			row = append(row, c.text...)
		} else {
			row = e.appendCell(row, c, s.column)
		}
	}
	return append(row, e.ending...)
}

// appendCell writes a cell that may need more than its text; a formula gets a leading ' and is noted (rule SEC-1).
func (e *Encoder) appendCell(row []byte, c *cell, column int) []byte {
	guard := c.marks&formula != 0 && e.options.Safe
	if guard {
		e.formula = append(e.formula, column)
	}
	return csvfmt.AppendCell(row, c.text, c.marks&quoted != 0, guard)
}

// appendJSON writes record i of the page as an object.
func (e *Encoder) appendJSON(row []byte, i int) []byte {
	for k := range e.steps {
		s := &e.steps[k]
		row = append(row, s.before...)
		switch c := &s.cells[i]; {
		case c.text == nil:
			row = append(row, "null"...)
		case c.marks&(escaped|number) == 0:
			row = append(append(append(row, '"'), c.text...), '"')
		case c.marks&number != 0:
			row = append(row, c.text...)
		default:
			row = ndjsonfmt.AppendString(row, c.text)
		}
	}
	return append(row, e.ending...)
}
