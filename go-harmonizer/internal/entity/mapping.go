package entity

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// Role is what becomes of a source column.
type Role uint8

// The roles. Every column has one.
const (
	// Pass is a column that no field takes; it passes through under Column.Output.
	Pass Role = iota
	// Mapped is the column of a field.
	Mapped
	// Reading is a wide column; it is melted and does not pass through.
	Reading
	// Composed is part of a field or the unit of a wide column, and passes through as well.
	Composed
	// CarriedSource is a <field>_source column; its non-empty cells win (rule 0.10).
	CarriedSource
	// CarriedDerived is a derived field of an earlier run; it is carried where nothing is derived.
	CarriedDerived
	// RecordNo and RecordStatus are those columns of a harmonized file.
	RecordNo
	RecordStatus
)

// Column is a source column and what becomes of it.
type Column struct {
	// Header is as written, Key by rule MAP-1.
	Header, Key string
	// Role says what becomes of it.
	Role Role
	// Field is the position of the field it is mapped to, composed into or carried for; -1: none.
	Field int
	// Wide is the position of the wide column it is or is the unit of; -1: none.
	Wide int
	// Unit is the UCUM unit that the header of a wide column names; empty: none.
	Unit string
	// Reason says why, for people.
	Reason string
	// Output is the name under which it passes through; empty: it does not.
	Output string
	// Declared is the name under which the job declares its type, empty: it does not. Such a column passes through under its key.
	Declared string
	// Sourced tells that its source text stands beside it as <key>_source; Carried is the column of the input that has that, -1: none.
	Sourced bool
	Carried int
	// Suggestion is a field the header nearly names, nil: none.
	Suggestion *Suggestion
}

// Mapping is what becomes of the columns of a file in one entity.
type Mapping struct {
	Entity *Entity
	// Columns are in file order.
	Columns []Column
	// Source is the column of each field, -1: none. A column may serve two fields (Field.Fallback).
	Source []int
	// Readings is the column of each wide column of the entity, -1: none.
	Readings []int
	// Parts are the columns composed into fields, in field order, and the units of wide columns.
	Parts []Part
	// Carried and CarriedSource are, by field, the column of the derived field and of <field>_source in the input; -1: none.
	Carried, CarriedSource []int
	// Missing are the required fields without a column, those of a group together.
	Missing [][]string
	// Findings are those of MAP-3 to MAP-5, and of MAP-1 where a column passes through under another name; those of Keys are not
	// among them.
	Findings []Finding

	harmonized bool
}

// Map applies rules MAP-3, MAP-4 and MAP-5. Time is linear in the headers.
func Map(e *Entity, headers []string, o Options) Mapping {
	keys, _ := Keys(headers)
	p := newPlan(e, headers, keys, o)
	m := Mapping{
		Entity: e, Columns: make([]Column, len(keys)), Parts: p.parts, Missing: p.missing(), harmonized: o.Harmonized,
		Source: p.winner[:len(e.Fields):len(e.Fields)], Readings: p.winner[len(e.Fields):],
		Carried: none(len(e.Fields)), CarriedSource: none(len(e.Fields)),
	}
	for i := range keys {
		m.Columns[i] = Column{Header: headers[i], Key: keys[i], Field: -1, Wide: -1, Carried: -1}
	}
	m.place(p)
	m.serve()
	m.carry(p)
	m.declare(p, headers, o)
	m.explain(p)
	m.name()
	m.suggest(p)
	m.checkRequired()
	m.checkColumnMap(headers, o)
	return m
}

func none(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	return out
}

// place gives the columns of fields, readings and parts their roles.
func (m *Mapping) place(p *plan) {
	for f, i := range m.Source {
		if i >= 0 {
			m.Columns[i].Role, m.Columns[i].Field = Mapped, f
		}
	}
	for w, i := range m.Readings {
		if i >= 0 {
			m.Columns[i].Role, m.Columns[i].Wide, m.Columns[i].Unit = Reading, w, p.claims[i].unit
		}
	}
	for _, part := range m.Parts {
		c := &m.Columns[part.Column]
		c.Role, c.Field, c.Wide = Composed, part.Field, part.Wide
	}
}

// serve gives a field without a column that of its fallback (rule MAP-5).
func (m *Mapping) serve() {
	for i := range m.Source {
		f := &m.Entity.Fields[i]
		if f.Fallback == "" || m.Source[i] >= 0 {
			continue
		}
		if from := m.Source[m.Entity.Field(f.Fallback)]; from >= 0 {
			m.Source[i] = from
			m.find("MAP-5", record.Warning, from, f.Name, "no column of its own: that of "+f.Fallback+" serves both")
		}
	}
}

// carry finds the columns that an earlier run wrote (rule 0.10).
func (m *Mapping) carry(p *plan) {
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role != Pass || p.claims[i].slot != noSlot || p.byHand[i] {
			continue
		}
		if f, ok := m.Entity.names.derived[c.Key]; ok {
			c.Role, c.Field, c.Reason, m.Carried[f] = CarriedDerived, f, "derived field of the input: carried", i
		} else if m.harmonized && c.Key == "record_no" {
			c.Role, c.Reason = RecordNo, "number of the record: carried"
		} else if m.harmonized && c.Key == "record_status" {
			c.Role, c.Reason = RecordStatus, "status of an earlier run: computed anew"
		}
	}
	m.carrySources(p)
}

// carrySources comes after the derived fields are found, because they decide nothing here but presence is asked of all.
func (m *Mapping) carrySources(p *plan) {
	for i := range m.Columns {
		c := &m.Columns[i]
		f, ok := m.Entity.names.sources[c.Key]
		if ok && c.Role == Pass && p.claims[i].slot == noSlot && !p.byHand[i] && m.Present(f) {
			c.Role, c.Field, c.Reason, m.CarriedSource[f] = CarriedSource, f, "source text of "+m.Entity.Fields[f].Name+": carried", i
		}
	}
}

func (m *Mapping) find(rule string, severity record.Severity, column int, field, message string) {
	m.Findings = append(m.Findings, Finding{Rule: rule, Severity: severity, Column: column, Field: field, Message: message})
}

// checkRequired reports what is missing, once a file (rule MAP-5).
func (m *Mapping) checkRequired() {
	for _, fields := range m.Missing {
		message := "required column is missing"
		if len(fields) > 1 {
			message = "none of the columns is there of which one is required"
		}
		m.find("MAP-5", record.Error, -1, join(fields), message)
	}
}
