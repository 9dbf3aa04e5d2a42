package plan

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// addVariants binds the slots to the columns of the file, once for each way to read a record.
func (p *Plan) addVariants() {
	base := p.baseVariant()
	for i, c := range base.columns {
		if !p.slots[i].clean {
			p.File.Columns = append(p.File.Columns, c)
		}
	}
	if !p.isWide() || p.Settings.Operation == Clean {
		p.variants = []variant{base}
		return
	}
	for w, column := range p.Mapping.Readings {
		if column >= 0 {
			p.variants = append(p.variants, p.wideVariant(base, w, column))
		}
	}
}

func (p *Plan) baseVariant() variant {
	n := len(p.slots)
	v := variant{columns: make([]*rule.Column, n), cells: make([]cellSource, n)}
	for i := range p.slots {
		v.cells[i] = cellSource{column: p.columnOf(&p.slots[i])}
		v.columns[i] = p.ruleColumn(&p.slots[i], v.cells[i].column)
	}
	for _, part := range p.Mapping.Parts {
		if part.Field < 0 {
			continue
		}
		if s := p.Slot(p.partName(part)); s >= 0 && v.cells[s].column < 0 {
			v.cells[s].column = part.Column
			v.columns[s] = p.ruleColumn(&p.slots[s], part.Column)
		}
	}
	return v
}

// columnOf returns the column of the file that a slot reads, -1: none.
func (p *Plan) columnOf(s *slot) int {
	switch {
	case s.pass >= 0:
		return s.pass
	case s.field < 0:
		return -1
	case p.Entity.Fields[s.field].Derived():
		return p.Mapping.Carried[s.field]
	}
	return p.Mapping.Source[s.field]
}

// ruleColumn describes a slot to the rules.
func (p *Plan) ruleColumn(s *slot, column int) *rule.Column {
	c := &rule.Column{Entity: p.Entity.Name, Field: s.name, Type: "text", Params: p.Settings.Params, Harmonized: p.Settings.Harmonized,
		File: p.File, PassThrough: s.pass >= 0, Required: s.required}
	if column >= 0 {
		c.Header, c.Key = p.Mapping.Columns[column].Header, p.Mapping.Columns[column].Key
	}
	switch {
	case s.pass >= 0:
		c.Field = c.Key
		if c.Declared = p.declared(s.pass); c.Declared != nil {
			c.Type = c.Declared.Kind.Type()
		} else if len(s.chain) > 0 {
			c.Type, c.Event = "datetime", "past"
		}
	case s.field >= 0:
		f := &p.Entity.Fields[s.field]
		c.Field, c.Type, c.Event = f.Name, f.Type, f.Event
	default:
		c.Type = "code" // Parts of fields are tokens.
	}
	return c
}

// wideVariant reads one column of readings as value, its kind as vital_type and its unit as unit (rule STD-VIT-4).
func (p *Plan) wideVariant(base variant, wide, column int) variant {
	v := variant{columns: append([]*rule.Column(nil), base.columns...), cells: append([]cellSource(nil), base.cells...)}
	set := func(field string, from cellSource) {
		for _, name := range []string{field, field + cleanSuffix} {
			if s := p.Slot(name); s >= 0 {
				v.cells[s] = from
				v.columns[s] = p.ruleColumn(&p.slots[s], from.column)
			}
		}
	}
	set("vital_type", cellSource{-1, []byte(p.Entity.Wide[wide].Type)})
	set("value", cellSource{column: column})
	set("unit", p.wideUnit(wide, column))
	return v
}

func (p *Plan) wideUnit(wide, column int) cellSource {
	for _, part := range p.Mapping.Parts {
		if part.Wide == wide && part.Kind == "unit" {
			return cellSource{column: part.Column}
		}
	}
	return cellSource{-1, []byte(p.Mapping.Columns[column].Unit)}
}
