package entity

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// join names the fields of a group as the rule book does.
func join(fields []string) string { return strings.Join(fields, "|") }

// unmetMessages say why a conditional alias was not taken. Those of severity W are warned of by the footnotes of section 2.
var unmetMessages = map[string]struct {
	severity record.Severity
	text     string
}{
	"loinc":   {record.Warning, "fewer than 95 % of the values are LOINC codes"},
	"rxnorm":  {record.Warning, "not all values are RxNorm codes"},
	"uid":     {record.Information, "not all values are UIDs"},
	"not_uid": {record.Information, "the values are UIDs"},
}

// explain gives each column its reason and reports it.
func (m *Mapping) explain(p *plan) {
	for i := range m.Columns {
		switch c := &m.Columns[i]; c.Role {
		case Mapped, Reading:
			m.explainMapped(p, i)
		case Composed:
			c.Reason = "composed into " + m.target(c)
			m.find("MAP-4", record.Information, i, m.target(c), c.Reason+"; also passes through")
		case Pass:
			m.explainPass(p, i)
		}
	}
}

func (m *Mapping) target(c *Column) string {
	if c.Field >= 0 {
		return m.Entity.Fields[c.Field].Name
	}
	return m.Entity.Wide[c.Wide].Name
}

func (m *Mapping) explainMapped(p *plan, i int) {
	c, claim := &m.Columns[i], p.claims[i]
	c.Reason = m.Entity.reason(claim)
	unmet, warned := unmetMessages[p.unmet[i]]
	switch {
	case warned && unmet.severity == record.Warning:
		m.find("MAP-3", record.Warning, i, m.target(c), "mapped by "+c.Reason+": "+unmet.text)
	case claim.rank != rankName:
		m.find("MAP-3", record.Information, i, m.target(c), "mapped by "+c.Reason)
	}
}

// explainPass says why no field takes a column.
func (m *Mapping) explainPass(p *plan, i int) {
	c, claim := &m.Columns[i], p.claims[i]
	unmet, conditional := unmetMessages[p.unmet[i]]
	switch {
	case claim.slot != noSlot:
		field := m.Entity.slotName(claim.slot)
		c.Reason = m.lost(p, claim)
		m.find("MAP-4", record.Warning, i, field, c.Reason+"; passes through")
	case p.byHand[i] && p.mapped[i] != "":
		c.Reason = "column_map names no field of " + m.Entity.Name + p.nearest(p.mapped[i])
		m.find("MAP-3", record.Warning, i, "", c.Reason+"; passes through")
	case c.Declared != "":
		c.Reason = "column_types: passes through"
		m.find("MAP-3", record.Information, i, "", "passes through with the type that column_types declares")
	case p.byHand[i]:
		c.Reason = "column_map: passes through"
		m.find("MAP-3", record.Information, i, "", "passes through by column_map")
	case conditional:
		c.Reason = "no match: " + unmet.text
		m.find("MAP-3", unmet.severity, i, "", unmet.text+"; passes through")
	default:
		c.Reason = "no match"
		if len(m.Entity.Fields) > 0 {
			m.find("MAP-3", record.Information, i, "", "no field has this name; passes through")
		}
	}
}

// lost says who took the place of a column.
func (m *Mapping) lost(p *plan, c claim) string {
	name := m.Entity.slotName(c.slot)
	if w := p.winner[c.slot]; w >= 0 {
		how := strings.TrimSuffix(m.Entity.reason(p.claims[w]), " of "+name)
		return "lost to another column of " + name + " (" + how + ")"
	}
	if int(c.slot) < len(m.Entity.Fields) {
		return "lost to the wide columns"
	}
	return "lost to the column of vital_type"
}

// suggest looks for near names of columns without a match (rule MAP-3).
func (m *Mapping) suggest(p *plan) {
	if m.harmonized {
		return
	}
	left := suggestColumns
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Role != Pass || p.claims[i].slot != noSlot || p.byHand[i] {
			continue
		}
		if left--; left < 0 {
			return
		}
		if c.Suggestion = p.suggest(c.Key); c.Suggestion != nil {
			c.Reason += "; " + c.Suggestion.Reason
		}
	}
}

// checkColumnMap reports entries that speak of no column.
func (m *Mapping) checkColumnMap(headers []string, o Options) {
	if o.Harmonized || len(o.ColumnMap) == 0 {
		return
	}
	known := make(map[string]bool, 2*len(headers))
	for i := range m.Columns {
		known[m.Columns[i].Key], known[headers[i]] = true, true
	}
	for _, name := range slices.Sorted(maps.Keys(o.ColumnMap)) {
		if !known[name] {
			m.find("MAP-3", record.Warning, -1, o.ColumnMap[name], "column_map names a column that the file does not have")
		}
	}
}
