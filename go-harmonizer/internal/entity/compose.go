package entity

import "slices"

// Part is a column that is composed into a field or gives a wide column its unit. The column also passes through.
type Part struct {
	// Field is the position of the field; -1 for wide columns.
	Field int
	// Wide is the position of the wide column; -1 for fields.
	Wide int
	// Kind is that of Companion.Part.
	Kind string
	// Column is the position in the headers.
	Column int
}

// compose finds the columns that complete others: times, units, parts of a birth date.
func (p *plan) compose() {
	free := p.free()
	for i := range p.entity.Fields {
		f := &p.entity.Fields[i]
		own := i
		if f.Derived() {
			own = p.entity.Field(f.DerivedFrom)
		}
		p.composeField(i, p.winner[own], free)
	}
	p.composeWide(free)
}

// free are the columns by key that no field has taken and column_map does not speak of.
func (p *plan) free() map[string]int {
	free := map[string]int{}
	for i, key := range p.keys {
		if p.claims[i].slot == noSlot && !p.byHand[i] {
			free[key] = i
		}
	}
	return free
}

// composeField adds the companions of a field whose column is own, -1 when it has none.
func (p *plan) composeField(field, own int, free map[string]int) {
	alone := false
	for _, c := range p.entity.Fields[field].Companions {
		column := firstOf(c.Keys, free)
		alone = alone || c.Alone && column >= 0
		if column < 0 || own < 0 && !alone {
			continue
		}
		if len(c.With) > 0 && !slices.Contains(c.With, p.keys[own]) {
			continue
		}
		p.parts = append(p.parts, Part{Field: field, Wide: -1, Kind: c.Part, Column: column})
	}
}

func firstOf(keys []string, columns map[string]int) int {
	for _, key := range keys {
		if i, ok := columns[key]; ok {
			return i
		}
	}
	return -1
}

// composeWide adds the <column>_unit of each wide column; a column of units serves the only wide column of a file.
func (p *plan) composeWide(free map[string]int) {
	var wide, units []int
	for w, own := range p.winner[len(p.entity.Fields):] {
		if own < 0 {
			continue
		}
		wide = append(wide, w)
		if i, ok := free[p.keys[own]+"_unit"]; ok {
			units = append(units, i)
			p.parts = append(p.parts, Part{Field: -1, Wide: w, Kind: "unit", Column: i})
		}
	}
	if len(wide) == 1 && len(units) == 0 && p.unit >= 0 {
		p.parts = append(p.parts, Part{Field: -1, Wide: wide[0], Kind: "unit", Column: p.unit})
	}
}
