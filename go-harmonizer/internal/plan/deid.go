package plan

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// addWritten chooses the columns that are written. Only fields of the entity are known well enough to survive rule DEID-1; the age of
// those above 89 stands in a column that a file with dates of birth may not have (rule DEID-3).
func (p *Plan) addWritten() {
	if !p.Settings.Deidentify {
		p.Written = p.Layout
		return
	}
	for _, out := range p.Layout {
		switch out.Kind {
		case entity.OutField, entity.OutDerived, entity.OutRecordNo, entity.OutRecordStatus:
			p.Written = append(p.Written, out)
		}
	}
	if age := p.missingAge(); age >= 0 {
		slot := p.add(slot{name: p.Entity.Fields[age].Name, field: age, pass: -1, passive: true})
		at := slices.IndexFunc(p.Written, func(o Out) bool { return o.Field > age || o.Field < 0 })
		p.Written = slices.Insert(p.Written, at, Out{Out: entity.Out{Name: p.Entity.Fields[age].Name, Kind: entity.OutDerived, Field: age,
			Column: -1}, Slot: slot})
	}
}

// missingAge returns the field that holds ages when the file has dates of birth and no ages; -1: nothing is missing.
func (p *Plan) missingAge() int {
	age, born := -1, false
	for i := range p.Entity.Fields {
		f := &p.Entity.Fields[i]
		switch how, _ := f.Treatment(); {
		case how == entity.YearOfBirth:
			born = p.Slot(f.Name) >= 0
		case how == entity.TopCoded && !f.Derived():
			age = i
		}
	}
	if !born || age >= 0 && p.Slot(p.Entity.Fields[age].Name) >= 0 {
		return -1
	}
	return age
}

// DerivedAt returns the position in Value.Derived of what the rules of a slot derive for a field, -1: nothing.
func (p *Plan) DerivedAt(slot int, field string) int {
	to := p.Slot(field)
	if to < 0 {
		return -1
	}
	return slices.Index(p.slots[slot].derives, to)
}

// DerivedBy returns the id of the rule that fills a slot from another one, and that slot; -1: none does. The id is empty for a rule
// that has no row of its own.
func (p *Plan) DerivedBy(slot int) (id string, from int) {
	from = -1
	for s := range p.slots {
		if !slices.Contains(p.slots[s].derives, slot) {
			continue
		}
		if from < 0 && p.slots[s].field >= 0 {
			from = s
		}
		for _, std := range p.slots[s].chain {
			if id = rule.IDOf(std); id != "" && slices.Contains(std.Derives, p.slots[slot].name) {
				return id, s
			}
		}
	}
	return "", from
}

// dropped are findings about what rule DEID-1 leaves out of the output and no value tells of: _source columns of the input, and
// whether anything is left at all.
func (p *Plan) dropped() []ColumnFinding {
	if !p.Settings.Deidentify {
		return nil
	}
	var all []ColumnFinding
	for _, out := range p.Layout {
		if out.Kind == entity.OutSource && out.Column >= 0 {
			c := &rule.Column{Entity: p.Entity.Name, Field: out.Name, Header: p.Mapping.Columns[out.Column].Header}
			all = appendFindings(all, c, []record.Finding{{Rule: "DEID-1", Severity: record.Information, Message: "column dropped"}})
		}
	}
	if len(p.Entity.Fields) == 0 {
		all = appendFindings(all, &rule.Column{Entity: p.Entity.Name}, []record.Finding{{Rule: "DEID-1", Severity: record.Warning,
			Message: "the file is of no known entity, so nothing of it is known to be harmless: every column was dropped"}})
	}
	return all
}
