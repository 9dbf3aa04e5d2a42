package rule

import (
	"cmp"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
)

// compareNumbers compares two plain numbers, without allocating unless they are long.
func compareNumbers(a, b []byte) int {
	x, y := comparableOf(a), comparableOf(b)
	return x.compare(&y)
}

// comparable is a plain number that is compared more than once; nil text: there is none.
type comparable struct {
	text   []byte
	digits int64
	places int
	short  bool // digits and places say all
}

func comparableOf(text []byte) comparable {
	digits, places, short := shortNumber(text)
	return comparable{text, digits, places, short}
}

func (c *comparable) compare(o *comparable) int {
	if !c.short || !o.short {
		return compareLong(c.text, o.text)
	}
	x, y := c.digits, o.digits
	if d := o.places - c.places; d > 0 {
		x *= tens[d]
	} else {
		y *= tens[-d]
	}
	return cmp.Compare(x, y)
}

var tens = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10}

// shortNumber reads up to 9 digits, so that two of them stay within an int64 when they are brought to the same places.
func shortNumber(text []byte) (digits int64, places int, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 10 {
		return 0, 0, false
	}
	point := -1
	for i, b := range text {
		switch {
		case b == '.' && point < 0:
			point = i
		case b-'0' < 10:
			digits = digits*10 + int64(b-'0')
		default:
			return 0, 0, false
		}
	}
	if point >= 0 {
		places = len(text) - 1 - point
	}
	if negative {
		digits = -digits
	}
	return digits, places, true
}

// compareLong is compareNumbers for any length. What is no number is equal to everything.
func compareLong(a, b []byte) int {
	var x, y decimal.Number
	if !x.Parse(a) || !y.Parse(b) {
		return 0
	}
	return x.Cmp(&y)
}
