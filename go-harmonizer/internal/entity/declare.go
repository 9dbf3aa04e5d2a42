package entity

import (
	"maps"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// DeclaredAbsent is the message of a declaration that speaks of no column of the file; of several files, another may have it.
const DeclaredAbsent = "column_types names a column that the file does not have"

// declare finds the columns whose type the job declares. Only what passes through takes a type, and only under its own key, so that
// the declaration finds the column again in the output (rule 0.10).
func (m *Mapping) declare(p *plan, headers []string, o Options) {
	if len(o.Declared) == 0 {
		return
	}
	own, byKey, byHeader := m.ownNames(), places(p.keys), places(headers)
	for _, name := range slices.Sorted(maps.Keys(o.Declared)) {
		i, isKey := byKey[name]
		if !isKey {
			i = lookUp(byHeader, byKey, name, o.Harmonized)
		}
		if message := m.refusal(p, i, name, own, o.Declared[name]); message != "" {
			m.find("MAP-3", record.Warning, i, m.fieldOf(i, name), message)
			continue
		}
		c := &m.Columns[i]
		if c.Declared != "" {
			m.find("MAP-3", record.Warning, i, c.Key, "column_types names the column twice, by its key and by its header; the key counts")
		}
		if c.Declared == "" || isKey {
			c.Declared, c.Sourced = name, o.Declared[name]
		}
	}
	m.carryDeclared(p, byKey)
}

// places are the positions of names, the leftmost of each.
func places(names []string) map[string]int {
	all := make(map[string]int, len(names))
	for i, name := range names {
		if _, ok := all[name]; !ok {
			all[name] = i
		}
	}
	return all
}

// lookUp returns the column of a header as written, -1: none. A harmonized file has keys for headers.
func lookUp(byHeader, byKey map[string]int, header string, harmonized bool) int {
	if i, ok := byHeader[header]; ok {
		return i
	}
	if i, ok := byKey[Key(header, 0)]; ok && harmonized {
		return i
	}
	return -1
}

// refusal says why a declaration does not apply, empty: it does.
func (m *Mapping) refusal(p *plan, i int, name string, own map[string]bool, sourced bool) string {
	switch {
	case i < 0:
		return DeclaredAbsent
	case m.Columns[i].Role != Pass && m.Columns[i].Role != Composed:
		return "column_types is for columns that pass through: a field takes this one"
	case p.keys[i] != name && p.keys[i] != Key(name, 0):
		return "column_types names a repeated header: name the column by its key; passes through as text"
	case own[p.keys[i]] || sourced && own[p.keys[i]+"_source"]:
		return "column_types names a column whose name, or that of its source text, is a field's; passes through as text"
	}
	return ""
}

// fieldOf returns the field that takes a column, or the key that a column would pass under.
func (m *Mapping) fieldOf(i int, name string) string {
	if i < 0 || m.Columns[i].Role == Pass || m.Columns[i].Field < 0 {
		return Key(name, i+1)
	}
	return m.Entity.Fields[m.Columns[i].Field].Name
}

// carryDeclared finds the source texts of declared columns that an earlier run wrote; nothing else can be declared of them.
func (m *Mapping) carryDeclared(p *plan, byKey map[string]int) {
	var found [][2]int
	for i := range m.Columns {
		at, ok := byKey[p.keys[i]+"_source"]
		if m.Columns[i].Sourced && ok && !p.byHand[at] && m.Columns[at].Role == Pass {
			found = append(found, [2]int{i, at})
		}
	}
	for _, f := range found {
		of, source := &m.Columns[f[0]], &m.Columns[f[1]]
		if source.Declared != "" {
			m.find("MAP-3", record.Warning, f[1], "", "column_types names a column of source texts; it is carried")
			source.Declared, source.Sourced = "", false
		}
		if of.Sourced {
			source.Role, source.Reason, of.Carried = CarriedSource, "source text of "+of.Key+": carried", f[1]
		}
	}
}
