package profile

import "bytes"

// shown are how many of the commonest shapes, words and changes are told.
const shown = 10

// Summary is what is told of a column.
type Summary struct {
	// Values are those that are not null, Nulls the others.
	Values, Nulls int64
	// Distinct is the number of different values; Approximate: an estimate, with a standard error of 0.8 %.
	Distinct    int64
	Approximate bool
	// Low and High are the least and the greatest value; of dates, the years. Empty: they are not told, or the values are few.
	Low, High string
	// Shapes are the commonest shapes, and Detail what they tell apart.
	Shapes []Count
	Detail Detail
	// Words are the commonest values, where these may be told.
	Words []Count
	// Changes are the commonest changes, and ChangeDetail what they tell apart.
	Changes      []Change
	ChangeDetail Detail
}

// Change is what values were before and after.
type Change struct {
	Before, After string
	Count         int64
}

// Detail is what texts are told apart by.
type Detail string

// The details, from the finest. Columns with more than 2,000 kinds of texts of a detail are told at the next.
const (
	DetailValue   Detail = "value"
	DetailShape   Detail = "shape"
	DetailRuns    Detail = "runs"    // a run of one character stands once
	DetailClasses Detail = "classes" // which of letters A, digits 9, spaces and others * there are
)

var details = [...]Detail{asIs: DetailValue, exact: DetailShape, runs1: DetailRuns, classed: DetailClasses}

// fewest is how many values there must be for the least and the greatest to be told: of few, they would be one patient's own.
const fewest = 10

// Summary tells what was counted.
func (c *Column) Summary() Summary {
	c.Settle()
	s := Summary{Values: c.values, Nulls: c.nulls, Shapes: c.shapes.top(shown), Detail: details[c.shapes.level], ChangeDetail: details[c.changes.level]}
	s.Distinct, s.Approximate = c.distinct.count()
	if c.values >= fewest {
		s.Low, s.High = string(c.bounds.low.text), string(c.bounds.high.text)
	}
	if c.words.level == asIs {
		s.Words = c.words.top(shown)
	}
	for _, n := range c.changes.top(shown) {
		before, after, _ := bytes.Cut([]byte(n.Text), []byte{between})
		s.Changes = append(s.Changes, Change{string(before), string(after), n.Count})
	}
	return s
}
