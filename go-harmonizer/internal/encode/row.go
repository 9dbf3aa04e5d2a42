package encode

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/ndjsonfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

func (e *Encoder) appendRow(row []byte, t *plan.Table, i int) []byte {
	if e.options.Format == NDJSON {
		return e.appendJSON(row, t, i)
	}
	return e.appendCSV(row, t, i)
}

func (e *Encoder) appendCSV(row []byte, t *plan.Table, i int) []byte {
	for c := range e.plan.Written {
		out := &e.plan.Written[c]
		if c > 0 {
			row = append(row, ',')
		}
		switch out.Kind {
		case entity.OutField, entity.OutDerived, entity.OutPass:
			if v := t.Values[out.Slot][i]; v.Text != nil {
				row = e.appendCell(row, v.Text, look(v), c)
			}
		case entity.OutSource:
			if text := e.sourceText(t, i, out); text != nil {
				row = e.appendCell(row, text, lookAt(text), c)
			}
		default:
			row = append(row, e.text(t, i, out)...)
		}
	}
	return append(row, '\n')
}

// appendCell writes one cell; a formula gets a leading ' and is noted (rule SEC-1).
func (e *Encoder) appendCell(row, text []byte, marks uint8, column int) []byte {
	if marks == scanned {
		return append(row, text...)
	}
	guard := marks&formula != 0 && e.options.Safe
	if guard {
		e.formula = append(e.formula, column)
	}
	return csvfmt.AppendCell(row, text, marks&quoted != 0, guard)
}

// jsonName returns what stands before a value: the brace or comma, the name and the colon.
func jsonName(name string, first bool) []byte {
	start := byte(',')
	if first {
		start = '{'
	}
	return append(ndjsonfmt.AppendString([]byte{start}, []byte(name)), ':')
}

func (e *Encoder) appendJSON(row []byte, t *plan.Table, i int) []byte {
	for c := range e.plan.Written {
		row = append(row, e.names[c]...)
		text := e.text(t, i, &e.plan.Written[c])
		switch {
		case e.plan.Written[c].Kind == entity.OutRecordNo:
			row = append(row, text...)
		case text == nil:
			row = append(row, "null"...)
		default:
			row = ndjsonfmt.AppendString(row, text)
		}
	}
	return append(row, '}', '\n')
}
