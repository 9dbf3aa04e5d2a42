package rule

import "bytes"

// cleanOf is what hygiene makes of a cell of a column, for those who must look at cells before their turn; nil: null, or it has
// gone no further. Of cells of printable ASCII, nearly all, only the ends are trimmed: what looks at them must bear spaces.
func cleanOf(raw []byte, column *Column) []byte {
	if look(raw) != mixed {
		return bytes.Trim(raw, " ")
	}
	c := Cell{Text: raw, column: column, arena: new(Arena)}
	h := hygiene{looks: looksOf(column), missing: missingFor(column)}
	h.run(&c)
	if c.stopped {
		return nil
	}
	return c.Text
}

// The columns that are looked at before their turn.
var (
	rawType  = &Column{Entity: "vital", Field: "vital_type", Type: "enum"}
	rawValue = &Column{Entity: "vital", Field: "value", Type: "string"}
)
