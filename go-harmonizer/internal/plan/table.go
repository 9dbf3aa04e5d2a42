package plan

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Table is the records that a batch became, column by column. It belongs to its worker and lasts until the next batch.
type Table struct {
	Plan  *Plan
	Batch *record.Batch
	// First is the number of the batch's first record, 1-based.
	First int64
	// Refs are the records in the order of output.
	Refs []Ref
	// Values are [slot][record]; Put replaces one.
	Values [][]*record.Value
	// Traits are what some values of a slot are, and so what none of them is: where record.Noted is not set, no value of the batch has
	// findings; where record.Filled is not, all are null. A trait of no value may be set once values have been replaced.
	Traits []record.Traits
	// Extra are findings that no value holds: of record rules, and of fields whose text another field's rule replaced; by
	// ascending record.
	Extra []Extra
	// Failed tells which records carry an error: [record].
	Failed []bool
	// Empty are rows that make no record (a wide row without a reading).
	Empty []uint32
	// Numbers are the numbers of the records in this file, and Outputs those they bear in the output, which a harmonized file
	// carries: [record].
	Numbers, Outputs []int64

	halves []Half // [record]; empty: no record is one
	blank  []bool // [slot]: all values are record.Null
}

// Extra is a finding about a slot of a record.
type Extra struct {
	Record  int
	Slot    int
	Finding record.Finding
}

// Put replaces the value of a slot of a record.
func (t *Table) Put(slot, record int, v *record.Value) {
	t.Values[slot][record] = v
	t.Traits[slot] |= v.Traits
	t.blank[slot] = false
}

// Raw returns the cell of the input behind a slot of a record; nil when there is none.
func (t *Table) Raw(slot, record int) []byte {
	ref := t.Refs[record]
	from := t.Plan.variants[ref.Variant].cells[slot]
	if from.column < 0 {
		return nil
	}
	return t.Batch.Cell(from.column, int(ref.Row))
}

// Column returns what rules know of the column behind a slot of a record.
func (t *Table) Column(slot, record int) *rule.Column {
	return t.Plan.variants[t.Refs[record].Variant].columns[slot]
}

// IsFlawed tells that a record carries an error that no value holds: two of its fields contradict each other.
func (t *Table) IsFlawed(i int) bool {
	from, _ := slices.BinarySearchFunc(t.Extra, i, func(x Extra, i int) int { return x.Record - i })
	for ; from < len(t.Extra) && t.Extra[from].Record == i; from++ {
		if t.Extra[from].Finding.Severity == record.Error {
			return true
		}
	}
	return false
}

// Slots is the number of slots.
func (p *Plan) Slots() int { return len(p.slots) }

// SlotName returns the name of a slot: a canonical field, or the key of what passes through.
func (p *Plan) SlotName(slot int) string { return p.variants[0].columns[slot].Field }

// Reports tells that the findings of a slot are told; those of a slot that repeats a field's text are the field's to tell.
func (p *Plan) Reports(slot int) bool { return !p.slots[slot].clean }

// IsRequired tells that an error in the slot may move the record to the quarantine (rule 0.7).
func (p *Plan) IsRequired(slot int) bool { return p.slots[slot].required }

// Header returns the header of the column that a slot reads, as written; empty: none.
func (p *Plan) Header(slot int) string { return p.variants[0].columns[slot].Header }

// DeclaredAt is what the job declares of the column of a slot, nil: nothing.
func (p *Plan) DeclaredAt(slot int) *rule.Declared { return p.variants[0].columns[slot].Declared }
