package entity

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Kind is where an output column comes from.
type Kind uint8

// The kinds, in the order of rule 0.9; derived fields stand among the fields.
const (
	OutField Kind = iota
	OutDerived
	OutPass
	OutSource
	OutRecordNo
	OutRecordStatus
)

// Out is an output column.
type Out struct {
	Name string
	Kind Kind
	// Field is the position of the field of OutField, OutDerived and OutSource, else -1.
	Field int
	// Column is the source column: that of the field, of the carried text or of what passes through; -1: none.
	Column int
	// Of is the column that passes through of an OutSource that is of no field.
	Of int
}

// Present tells that a field is in the output of the whole operation (rule 0.9).
func (m *Mapping) Present(field int) bool {
	f := &m.Entity.Fields[field]
	if m.mapped(field) || f.Present == "always" || m.Carried[field] >= 0 {
		return true
	}
	if f.Derived() {
		return m.Present(m.Entity.Field(f.DerivedFrom))
	}
	return slices.ContainsFunc(f.FilledFrom, func(from string) bool { return m.mapped(m.Entity.Field(from)) })
}

// mapped tells that cells of the input become the field.
func (m *Mapping) mapped(field int) bool {
	if m.Source[field] >= 0 {
		return true
	}
	if m.wide() {
		if f := m.Entity.Fields[field]; f.Form == "long" {
			return true
		}
	}
	return !m.Entity.Fields[field].Derived() && slices.ContainsFunc(m.Parts, func(p Part) bool { return p.Field == field })
}

// wide tells that readings are melted.
func (m *Mapping) wide() bool {
	return slices.ContainsFunc(m.Readings, func(c int) bool { return c >= 0 })
}

// Output returns the columns of the output in the order of rule 0.9. After the operation clean there are no derived and no
// _source columns; those of the input, and wide columns, pass through then.
func (m *Mapping) Output(clean bool) []Out {
	var out []Out
	for i := range m.Entity.Fields {
		f := &m.Entity.Fields[i]
		switch {
		case clean && (f.Derived() || m.Source[i] < 0 && f.Present != "always"), !m.Present(i):
		case f.Derived():
			out = append(out, Out{f.Name, OutDerived, i, m.Carried[i], -1})
		default:
			out = append(out, Out{f.Name, OutField, i, m.Source[i], -1})
		}
	}
	for i := range m.Columns {
		if name := m.passes(i, clean); name != "" {
			out = append(out, Out{name, OutPass, -1, i, -1})
		}
	}
	if !clean {
		out = append(out, m.sources()...)
	}
	return append(out, Out{"record_no", OutRecordNo, -1, -1, -1}, Out{"record_status", OutRecordStatus, -1, -1, -1})
}

// passes returns the name under which a column passes through, empty when it does not.
func (m *Mapping) passes(i int, clean bool) string {
	c := &m.Columns[i]
	if clean && (c.Role == Reading || c.Role == CarriedSource || c.Role == CarriedDerived) {
		return c.Key
	}
	return c.Output
}

// sources are the _source columns: of mapped fields, then of declared columns, and those that are carried. A harmonized file gets none
// it did not have.
func (m *Mapping) sources() []Out {
	var out []Out
	for i := range m.Entity.Fields {
		f := &m.Entity.Fields[i]
		carried := m.CarriedSource[i]
		if carried >= 0 || f.SourceColumn && !m.harmonized && m.hasCells(i) {
			out = append(out, Out{f.Name + "_source", OutSource, i, carried, -1})
		}
	}
	for i := range m.Columns {
		if c := &m.Columns[i]; c.Sourced && (c.Carried >= 0 || !m.harmonized) {
			out = append(out, Out{c.Key + "_source", OutSource, -1, c.Carried, i})
		}
	}
	return out
}

// hasCells tells that a field of a record has a cell of the input to show. The type of a wide reading has none.
func (m *Mapping) hasCells(field int) bool {
	return m.mapped(field) && !(m.Entity.Fields[field].Name == "vital_type" && m.wide()) ||
		m.Entity.Fields[field].Name == "unit" && slices.ContainsFunc(m.Parts, func(p Part) bool { return p.Wide >= 0 })
}

// ownNames are the names in the output that no column that passes through may bear.
func (m *Mapping) ownNames() map[string]bool {
	own := map[string]bool{"record_no": true, "record_status": true}
	for i := range m.Entity.Fields {
		own[m.Entity.Fields[i].Name] = true
	}
	for _, o := range m.sources() {
		own[o.Name] = true
	}
	return own
}

// name gives what passes through its name. A canonical name always means a canonical value, so a column that bears one and is
// not the field's gets a number, as a repeated header does (rule MAP-1).
func (m *Mapping) name() {
	used := newTaken(len(m.Columns))
	for name := range m.ownNames() {
		used.reserved[name] = true
	}
	for i := range m.Columns {
		used.reserve(m.Columns[i].Key)
	}
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role != Pass && c.Role != Composed {
			continue
		}
		if c.Output = used.take(c.Key); c.Output != c.Key {
			m.find("MAP-1", record.Warning, i, "", "passes through under another name: its own is taken")
		}
	}
}
