package entity

import "slices"

// Options are what a job says about mapping.
type Options struct {
	// Entity is the one the job names; empty: rule MAP-2 chooses.
	Entity string
	// ColumnMap sends columns, by key or by header as written, to canonical fields or, with an empty value, past them.
	ColumnMap map[string]string
	// Declared are the columns, by key or by header as written, whose type the job declares, which only what passes through takes;
	// true: the column keeps its source text (rule 0.2).
	Declared map[string]bool
	// Harmonized tells that the file is the output of an earlier run (rule 0.10): only canonical names map.
	Harmonized bool
	// FileName is the client's name of the file; folders before it do not count.
	FileName string
	// Syntax answers the questions of Questions; nil answers no. A column without values is no to every question.
	Syntax func(column int, kind string) bool
}

// plan is which column goes where in one entity: rules MAP-3 and MAP-4 without the words.
type plan struct {
	entity *Entity
	keys   []string
	claims []claim // by column; slot noSlot: none
	winner []int   // by slot: column or -1
	unmet  []string
	mapped []string // by column: what column_map says about it; "" also when it says nothing
	byHand []bool   // by column: column_map speaks of it
	parts  []Part
	unit   int // column of units of a wide file, -1: none
}

func newPlan(e *Entity, headers, keys []string, o Options) *plan {
	n := len(keys)
	p := &plan{entity: e, keys: keys, claims: make([]claim, n), unmet: make([]string, n), mapped: make([]string, n), byHand: make([]bool, n), unit: -1}
	if !o.Harmonized {
		p.readColumnMap(headers, o.ColumnMap)
	}
	for i := range keys {
		p.claims[i] = p.claim(i, o)
	}
	p.decide()
	p.settleWide()
	if !o.Harmonized {
		p.compose()
	}
	return p
}

// readColumnMap finds the entry of each column. A name that is some column's key means that column alone.
func (p *plan) readColumnMap(headers []string, columnMap map[string]string) {
	if len(columnMap) == 0 {
		return
	}
	isKey := make(map[string]bool, len(p.keys))
	for _, key := range p.keys {
		isKey[key] = true
	}
	for i, key := range p.keys {
		field, ok := columnMap[key]
		if !ok && !isKey[headers[i]] {
			field, ok = columnMap[headers[i]]
		}
		p.mapped[i], p.byHand[i] = field, ok
	}
}

// claim says which slot a column stands for (rule MAP-3).
func (p *plan) claim(i int, o Options) claim {
	none := claim{slot: noSlot}
	if p.byHand[i] {
		if s := p.entity.named(p.mapped[i]); s != noSlot {
			return claim{slot: s, rank: rankColumnMap}
		}
		return none
	}
	for _, c := range p.entity.names.claims[p.keys[i]] {
		if o.Harmonized && (c.rank != rankName || int(c.slot) >= len(p.entity.Fields)) {
			continue
		}
		if holds(c.when, i, o.Syntax) {
			return c
		}
		p.unmet[i] = c.when
	}
	return none
}

func holds(when string, column int, syntax func(int, string) bool) bool {
	kind, not := conditionKind(when)
	return kind == "" || (syntax != nil && syntax(column, kind)) != not
}

// conditionKind splits a condition into the question and whether the answer must be no.
func conditionKind(when string) (kind string, not bool) {
	if len(when) > 4 && when[:4] == "not_" {
		return when[4:], true
	}
	return when, false
}

// decide gives each slot to the lowest rank, then to the leftmost column.
func (p *plan) decide() {
	p.winner = slices.Repeat([]int{-1}, p.entity.slots())
	for i, c := range p.claims {
		if c.slot == noSlot {
			continue
		}
		if w := p.winner[c.slot]; w < 0 || c.rank < p.claims[w].rank {
			p.winner[c.slot] = i
		}
	}
}

// settleWide holds rule STD-VIT-4: a file is long, with a column of types, or wide, never both.
func (p *plan) settleWide() {
	wide := p.winner[len(p.entity.Fields):]
	if !slices.ContainsFunc(wide, func(c int) bool { return c >= 0 }) {
		return
	}
	if p.column("vital_type") >= 0 {
		for i := range wide {
			wide[i] = -1
		}
		return
	}
	p.unit = p.column("unit")
	p.winner[p.entity.Field("value")] = -1
	p.winner[p.entity.Field("unit")] = -1
}

// column returns the column of a field, -1 when it has none or there is no such field.
func (p *plan) column(field string) int {
	if i := p.entity.Field(field); i >= 0 {
		return p.winner[i]
	}
	return -1
}

// isWide tells that the file holds a column for each kind of reading.
func (p *plan) isWide() bool {
	return slices.ContainsFunc(p.winner[len(p.entity.Fields):], func(c int) bool { return c >= 0 })
}

// has tells that a field has a column, or is made of others.
func (p *plan) has(field int) bool {
	return p.winner[field] >= 0 || slices.ContainsFunc(p.parts, func(part Part) bool {
		return part.Field == field && !p.entity.Fields[field].Derived()
	})
}

// missing are the required fields the file does not have, a group of which one is required together (rule MAP-5).
func (p *plan) missing() [][]string {
	var out [][]string
	met, groups := map[string]bool{}, map[string][]string{}
	var order []string
	for i := range p.entity.Fields {
		f := &p.entity.Fields[i]
		if !f.Required || f.Form == "long" && p.isWide() {
			continue
		}
		group := f.OneOf
		if group == "" {
			group = f.Name
		}
		if groups[group] == nil {
			order = append(order, group)
		}
		groups[group] = append(groups[group], f.Name)
		met[group] = met[group] || p.has(i) || f.Fallback != "" && p.column(f.Fallback) >= 0
	}
	for _, group := range order {
		if !met[group] {
			out = append(out, groups[group])
		}
	}
	return out
}
