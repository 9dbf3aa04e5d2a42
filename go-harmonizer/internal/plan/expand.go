package plan

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// partSlot tells the rules of a vital which half of a split blood pressure a record is; its text is a vital_type or null.
const partSlot = "_part"

// Ref is one record of the output: the row of the batch it comes from, and how that is read.
type Ref struct {
	Row     uint32
	Variant uint8
	Part    Part
	// Panel tells that the record belongs with others of its row.
	Panel bool
}

// Part is the half of a split blood pressure (rule STD-VIT-2).
type Part uint8

// The parts.
const (
	Whole Part = iota
	Systolic
	Diastolic
)

var partValues = [...]*record.Value{record.Null, partValue("systolic_bp", record.AlikeFirst), partValue("diastolic_bp", record.AlikeFirst+1)}

func partValue(text string, alike uint32) *record.Value {
	v := &record.Value{Text: []byte(text), Clean: []byte(text), Outcome: record.OK, Alike: alike, CleanAlike: alike}
	v.Sum()
	return v
}

// expander makes the records of a row; most rows make one.
type expander func(b *record.Batch, row uint32, to []Ref) []Ref

func newExpander(p *Plan) expander {
	if p.Entity.Name != "vital" || p.Settings.Operation == Clean {
		return func(_ *record.Batch, row uint32, to []Ref) []Ref { return append(to, Ref{Row: row}) }
	}
	value, kind := p.Slot("value"), p.Slot("vital_type")
	if value < 0 || kind < 0 {
		return func(_ *record.Batch, row uint32, to []Ref) []Ref { return append(to, Ref{Row: row}) }
	}
	return func(b *record.Batch, row uint32, to []Ref) []Ref {
		start := len(to)
		for v := range p.variants {
			to = p.expandVital(b, row, v, kind, value, to)
		}
		p.joinPressures(to[start:])
		return to
	}
}

// expandVital adds the record, or both halves of a blood pressure; a blank reading of a wide row makes none.
func (p *Plan) expandVital(b *record.Batch, row uint32, v, kind, value int, to []Ref) []Ref {
	reading := p.raw(b, v, value, row)
	if p.isWide() && isBlank(reading) {
		return to
	}
	if rule.IsBloodPressure(p.raw(b, v, kind, row)) {
		switch rule.SplitsBloodPressure(reading) {
		case rule.TwoHalves:
			return append(to, Ref{row, uint8(v), Systolic, true}, Ref{row, uint8(v), Diastolic, true})
		case rule.SystolicOnly:
			return append(to, Ref{Row: row, Variant: uint8(v), Part: Systolic})
		}
	}
	return append(to, Ref{Row: row, Variant: uint8(v)})
}

// isBlank tells whether a reading of a wide row is none.
func isBlank(reading []byte) bool {
	reading = bytes.TrimSpace(reading)
	return len(reading) == 0 || rule.IsMissing(reading)
}

// joinPressures makes one panel of the only systolic and the only diastolic reading of a wide row (rule VAL-VIT-2).
func (p *Plan) joinPressures(refs []Ref) {
	if !p.isWide() {
		return
	}
	at := map[string][]int{}
	for i, r := range refs {
		kind := string(p.variants[r.Variant].cells[p.Slot("vital_type")].constant)
		at[kind] = append(at[kind], i)
	}
	if s, d := at["systolic_bp"], at["diastolic_bp"]; len(s) == 1 && len(d) == 1 && len(at["blood_pressure"]) == 0 {
		refs[s[0]].Panel, refs[d[0]].Panel = true, true
	}
}

// raw returns the cell that a slot reads in a row.
func (p *Plan) raw(b *record.Batch, v, slot int, row uint32) []byte {
	from := p.variants[v].cells[slot]
	if from.column < 0 {
		return from.constant
	}
	return b.Cell(from.column, int(row))
}
