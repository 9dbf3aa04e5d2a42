package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// references is rule STD-REF-1: the bounds of a reference range in one text, with rule VAL-LAB-3 for what is wrong within it.
var references = Standardizer{
	Peers:   []string{"_analyte", "_unit", "_converted", "reference_low", "reference_high"},
	Derives: []string{"reference_low", "reference_high", "reference_low_exclusive", "reference_high_exclusive"},
	Bind: func(column *Column) func(*Cell) {
		r := &ranges{list: analyteList(), reader: readerOf(column)}
		return r.run
	},
}

// ranges is what depends on the column, and scratch space.
type ranges struct {
	list    *analytes
	reader  numberReader
	scratch decimal.Number
}

// bounds are what a text says; a nil bound: none.
type bounds struct {
	low, high         []byte
	lowOpen, highOpen bool // the bound itself lies outside
}

func (r *ranges) run(c *Cell) {
	cut, ok := cutRange(c.Text)
	if !ok {
		r.text(c)
		return
	}
	a := r.list.byKey[string(c.Peer(0))]
	unit, known := unitOfTail(cut.tail, a)
	low, lowRead := r.read(c, cut.low)
	high, highRead := r.read(c, cut.high)
	if !known || !lowRead || !highRead {
		r.text(c)
		return
	}
	b := bounds{low, high, cut.lowOpen, cut.highOpen}
	if low != nil && high != nil && compareNumbers(low, high) > 0 {
		c.Keep("VAL-LAB-3", record.Error, "low bound is above high bound; kept as text")
		return
	}
	r.check(c, a, unit)
	r.put(c, r.convert(c, a, b, unit))
}

// text leaves what is no range with plain bounds. What has digits may be several ranges with conditions.
func (r *ranges) text(c *Cell) {
	if bytes.ContainsAny(c.Text, "0123456789") {
		c.Keep("STD-REF-1", record.Warning, "not a plain range; text only")
		return
	}
	c.Note("STD-REF-1", record.Information, "words; text only")
}

// read reads a bound; nil is none. It tells whether a bound that is there could be read.
func (r *ranges) read(c *Cell, number []byte) (plain []byte, ok bool) {
	if number == nil {
		return nil, true
	}
	n := r.reader.read(c.Bytes, number)
	return n.text, n.text != nil
}

// check compares the unit inside the text with that of the value.
func (r *ranges) check(c *Cell, a *analyte, inner []byte) {
	unit := c.Peer(1)
	if inner != nil && unit != nil && !bytes.Equal(unit, unreadUnit) && !a.same(inner, unit) {
		c.Note("VAL-LAB-3", record.Warning, "the unit in the range is not the one of the unit field")
	}
}

// convert converts the bounds when the value was converted, unless they say that they are in another unit (rule STD-LAB-2).
func (r *ranges) convert(c *Cell, a *analyte, b bounds, inner []byte) bounds {
	from := c.Peer(2)
	if from == nil || a == nil || inner != nil && !bytes.Equal(inner, from) {
		return b
	}
	_, conv := a.fit(from)
	if b.low != nil {
		b.low = conv.apply(&r.scratch, c.Bytes, b.low, a.places)
	}
	if b.high != nil {
		b.high = conv.apply(&r.scratch, c.Bytes, b.high, a.places)
	}
	c.SetAs(conv.rule(), b.text(c.Bytes), record.Information, "bounds converted to the canonical unit of the analyte")
	return b
}

// text writes a range that was converted.
func (b bounds) text(room room) []byte {
	out := room(len(b.low) + len(b.high) + 2)
	switch {
	case b.low != nil && b.high != nil:
		return append(append(append(out, b.low...), '-'), b.high...)
	case b.low != nil:
		out = append(out, '>')
		if !b.lowOpen {
			out = append(out, '=')
		}
		return append(out, b.low...)
	}
	out = append(out, '<')
	if !b.highOpen {
		out = append(out, '=')
	}
	return append(out, b.high...)
}

var yes = []byte("true")

// put derives the bounds, unless columns of their own hold any.
func (r *ranges) put(c *Cell, b bounds) {
	if c.Peer(3) != nil || c.Peer(4) != nil {
		return
	}
	c.Derive(0, b.low)
	c.Derive(1, b.high)
	if b.lowOpen {
		c.Derive(2, yes)
	}
	if b.highOpen {
		c.Derive(3, yes)
	}
}

// boundConversion converts bounds that have columns of their own with the value (rules STD-LAB-2 and -3).
var boundConversion = Standardizer{
	Peers: []string{"_analyte", "_converted"},
	Bind: func(column *Column) func(*Cell) {
		if column.Field != "reference_low" && column.Field != "reference_high" {
			return func(*Cell) {}
		}
		list, scratch := analyteList(), new(decimal.Number)
		return func(c *Cell) {
			a, from := list.byKey[string(c.Peer(0))], c.Peer(1)
			if a == nil || from == nil {
				return
			}
			_, conv := a.fit(from)
			c.SetAs(conv.rule(), conv.apply(scratch, c.Bytes, c.Text, a.places), record.Information, "converted with the value")
		}
	},
}
