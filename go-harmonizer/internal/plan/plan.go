// Package plan turns an entity, a mapping and the table of rules into a program for the records of one file, and runs it over
// batches: cells become values, column by column.
package plan

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Operation says how far the rules are taken (rule 0.1).
type Operation uint8

// The operations.
const (
	Harmonize Operation = iota
	Validate
	Clean
	Standardize
)

// Settings are what a plan is made for.
type Settings struct {
	Operation  Operation
	Params     *rule.Params
	Harmonized bool // the file is the output of an earlier run (rule 0.10)
	// Deidentify leaves the columns out that rule DEID-1 drops; package deid changes the values of the others.
	Deidentify bool
	// Plain computes every cell anew instead of remembering values: the oracle for the memory.
	Plain bool
}

// Plan is the program for the records of one entity of one file. Workers share it; it does not change once it is weighed.
type Plan struct {
	Entity   *entity.Entity
	Mapping  *entity.Mapping
	Settings Settings
	// File is the columns as rules see them.
	File *rule.File
	// Layout is the columns of the output in order (rule 0.9), and what records are compared by.
	Layout []Out
	// Written is the columns that are written: those of Layout, unless the job de-identifies.
	Written []Out

	slots    []slot
	byName   map[string]int
	order    []int // slots in the order in which they are computed
	variants []variant
	records  []recordRule
	expand   expander
	panel    int // slot of panel_id, -1: none
	recordNo int // column of the batch that carries the record's number, -1: none
}

// Out is a column of the output.
type Out struct {
	entity.Out
	// Slot holds its values; for a source column: those of its field.
	Slot int
	// Required tells that a record must have the field.
	Required bool
}

// slot is a column of values while a batch is worked on: a field, a part of one, or something only other fields read.
type slot struct {
	name    string
	field   int // position in the entity, -1: none
	chain   []*rule.Standardizer
	peers   []int // slots, -1: the file has none
	sources []int
	derives []int
	// required tells that an error in it may move the record to the quarantine (rule 0.7).
	required bool
	// passive slots only hold what others derive.
	passive bool
	// pass is the column of the file that passes through, -1: none.
	pass int
	// clean slots hold the cleaned text of a field for others; their findings are the field's to tell.
	clean bool
}

// variant is one way to read a record: a file has one, a wide file one for each of its columns of readings.
type variant struct {
	columns []*rule.Column // by slot
	cells   []cellSource   // by slot
}

// cellSource is where the cells of a slot come from.
type cellSource struct {
	column   int    // of the batch; -1: none
	constant []byte // when there is no column
}

type recordRule struct {
	rule  *rule.RecordRule
	slots []int // by field of the rule, -1: the file has none
}

// Slot returns the slot of a field, -1 when the file has none.
func (p *Plan) Slot(name string) int {
	if i, ok := p.byName[name]; ok {
		return i
	}
	return -1
}

// OutputSlot returns the slot of a column of the output that holds values of its own, -1: there is none of the name.
func (p *Plan) OutputSlot(name string) int {
	for _, out := range p.Layout {
		if out.Name == name && out.Slot >= 0 && out.Kind != entity.OutSource {
			return out.Slot
		}
	}
	return -1
}

// Weighed is a column of the plan that rules may take evidence from, together with the column of the batch that it reads.
type Weighed struct {
	Column        *rule.Column
	Source        int
	Standardizers []*rule.Standardizer
}

// Weighed returns every column of the plan that reads cells, each once.
func (p *Plan) Weighed() []Weighed {
	var all []Weighed
	for v := range p.variants {
		for s := range p.slots {
			from := p.variants[v].cells[s]
			if from.column < 0 || v > 0 && p.variants[v].columns[s] == p.variants[0].columns[s] {
				continue
			}
			all = append(all, Weighed{p.variants[v].columns[s], from.column, p.slots[s].chain})
		}
	}
	return all
}
