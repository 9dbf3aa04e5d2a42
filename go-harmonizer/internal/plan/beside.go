package plan

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"

// HeaderBeside returns the header of the column that a field reads where records are read by way of a column, empty: none. A
// finding of one field may be about another.
func (p *Plan) HeaderBeside(c *rule.Column, field string) string {
	slot := p.Slot(field)
	if slot < 0 || field == c.Field {
		return c.Header
	}
	for v := range p.variants {
		for _, other := range p.variants[v].columns {
			if other == c {
				return p.variants[v].columns[slot].Header
			}
		}
	}
	return c.Header
}
