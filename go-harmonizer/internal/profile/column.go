// Package profile describes the values of one column without keeping them (rule DQ-4): how many differ, what they look like, and
// what they looked like before they were changed.
//
// A profile depends on the values alone. It is the same for every order of the records, every share of them among workers, and with
// the memory of values on or off.
package profile

import (
	"bytes"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Show says what of a column's values may be told to somebody who must not see patients.
type Show uint8

// What may be told. Every column but those of Nothing tells its shapes, letters as A and digits as 9.
const (
	Shapes  Show = iota
	Words        // the values, and what they were before: words of a closed list that say nothing of who the patient is
	Outputs      // the values alone, for what they were before may have been read in part
	Numbers      // the least and the greatest
	Years        // of the dates
	Nothing      // for Settled alone
)

// Column is the profile of one column, by one worker.
type Column struct {
	show     Show
	values   int64
	nulls    int64
	distinct distinct
	shapes   tally
	words    tally
	changes  tally // from before to after
	bounds   bounds
	shape    []byte
	pair     []byte
	pending  []seen
	// Settled, when it is set, is told how many records had a remembered value, for who counts by value beside the profile.
	Settled func(v *record.Value, n int64)
}

// seen is a remembered value that is counted where it is, until the counts are settled.
type seen struct {
	value  *record.Value
	counts [3]*int64 // of its shape, its word and its change; nil: it has none
}

// Tells reports whether anything of the column may be told.
func (c *Column) Tells() bool { return c.show != Nothing }

// New makes an empty profile.
func New(show Show) *Column {
	changes := exact
	if show == Words {
		changes = asIs
	}
	return &Column{show: show, shapes: newTally(exact), words: newTally(asIs), changes: newTally(changes)}
}

// Empty makes an empty profile of the same kind.
func (c *Column) Empty() *Column { return New(c.show) }

// Add counts a value. raw is the cell it was before, nil when it comes from no cell.
func (c *Column) Add(v *record.Value, raw []byte) {
	switch {
	case v.Seen > 0:
		v.Seen++
	case v.Remembered:
		s := seen{value: v}
		if v.Text != nil && c.show != Nothing {
			s.counts = c.meet(v, raw)
		}
		v.Seen = 1
		c.pending = append(c.pending, s) // The memory of values bounds them: it settles before it forgets.
	case v.Text == nil:
		c.nulls++
	case c.show != Nothing:
		counts := c.meet(v, raw)
		c.values++
		for _, n := range counts {
			if n != nil {
				*n++
			}
		}
	}
}

// meet takes a value that was not seen since the last time the counts were settled, and returns what counts it.
func (c *Column) meet(v *record.Value, raw []byte) [3]*int64 {
	c.distinct.add(xxh3.Hash(v.Text))
	if v.Outcome != record.Kept {
		c.bounds.add(c.show, v.Text)
	}
	return c.find(v, raw)
}

// find returns what counts the value. What a rule could not read is nobody's word, so it is told by its shape alone.
func (c *Column) find(v *record.Value, raw []byte) (counts [3]*int64) {
	c.shape = shape(c.shape[:0], v.Text)
	counts[0] = c.counter(&c.shapes, c.shape, exact)
	open := (c.show == Words || c.show == Outputs) && v.Outcome != record.Kept && !annotated(v.Text)
	if open {
		counts[1] = c.counter(&c.words, v.Text, asIs)
	}
	// A value that another field's rule wrote has no finding of its own, and did not come from the cell.
	if v.Outcome == record.Changed && len(v.Findings) > 0 && len(raw) > 0 && (c.show != Words || open && !annotated(raw)) {
		counts[2] = c.change(v.Text, raw)
	}
	return counts
}

// annotations are those of the units that rules write. Braces of UCUM may hold any text.
var annotations = []string{"{cells}", "{INR}", "{1.73_m2}", "{score}", "{nominal}", "{creat}", "{tablet}", "{capsule}", "{puff}", "{dose}",
	"{actuat}"}

// annotated tells that a unit has an annotation of somebody else's.
func annotated(text []byte) bool {
	open := bytes.IndexByte(text, '{')
	if open < 0 {
		return false
	}
	end := bytes.IndexByte(text, '}')
	return end < open || !slices.Contains(annotations, string(text[open:end+1])) || bytes.IndexByte(text[end:], '{') >= 0
}

func (c *Column) change(text, raw []byte) *int64 {
	if c.show == Words {
		c.pair = append(append(append(c.pair[:0], raw...), between), text...)
		return c.counter(&c.changes, c.pair, asIs)
	}
	c.pair = append(append(shape(c.pair[:0], raw), between), c.shape...)
	return c.counter(&c.changes, c.pair, exact)
}

// counter returns the counter of a key. A tally that becomes coarser gives up its counters, so that all are settled first.
func (c *Column) counter(t *tally, text []byte, from level) *int64 {
	key := t.at(text, from)
	if n := t.find(key); n != nil {
		return n
	}
	for t.full() {
		c.Settle()
		t.coarsen()
		key = t.at(text, from)
		if n := t.find(key); n != nil {
			return n
		}
	}
	return t.make(key)
}

// Settle adds up what was counted. It must be called before remembered values are given up.
func (c *Column) Settle() {
	for i := range c.pending {
		p := &c.pending[i]
		n := int64(p.value.Seen)
		p.value.Seen = 0
		if p.value.Text == nil {
			c.nulls += n
		} else {
			c.values += n
		}
		for _, counter := range p.counts {
			if counter != nil {
				*counter += n
			}
		}
		if c.Settled != nil {
			c.Settled(p.value, n)
		}
	}
	clear(c.pending)
	c.pending = c.pending[:0]
}

// Merge adds the profile of another worker.
func (c *Column) Merge(o *Column) {
	c.Settle()
	o.Settle()
	c.values, c.nulls = c.values+o.values, c.nulls+o.nulls
	c.distinct.merge(&o.distinct)
	c.shapes.merge(&o.shapes)
	c.words.merge(&o.words)
	c.changes.merge(&o.changes)
	c.bounds.merge(&o.bounds)
}
