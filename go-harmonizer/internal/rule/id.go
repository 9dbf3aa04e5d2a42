package rule

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// ids is rule STD-ID-1: an identifier is opaque, so hygiene was all, but for what a spreadsheet did to it (STD-NUM-4).
func ids(*Column) func(*Cell) { return func(c *Cell) { sheetDamage(c) } }

// longestID is the most characters of an identifier that rule VAL-ID-1 believes.
const longestID = 128

// checkID is rule VAL-ID-1.
func checkID(*Column) func(*Cell) {
	return func(c *Cell) {
		switch {
		case isTooLong(c.Text):
			c.Keep("VAL-ID-1", record.Error, "longer than 128 characters")
		case hasControl(c.Text):
			c.Keep("VAL-ID-1", record.Error, "holds control characters")
		case isPlaceholder(c.Text):
			c.Keep("VAL-ID-1", record.Warning, "looks like a placeholder")
		}
	}
}

// isTooLong counts characters, which are at most as many as bytes.
func isTooLong(text []byte) bool {
	if len(text) <= longestID {
		return false
	}
	n := 0
	for _, b := range text {
		if b&0xc0 != 0x80 { // not a continuation
			n++
		}
	}
	return n > longestID
}

func hasControl(text []byte) bool {
	for _, b := range text {
		if b < ' ' || b == 0x7f {
			return true
		}
	}
	return false
}

// isPlaceholder tells whether an identifier is one character again and again or a word for none.
func isPlaceholder(text []byte) bool {
	var buf [5]byte
	switch {
	case len(text) >= 4 && isRepeated(text):
		return true
	case len(text) > len(buf):
		return false
	}
	switch string(lowerInto(buf[:0], text)) {
	case "test", "dummy", "xxx":
		return true
	}
	return false
}

func isRepeated(text []byte) bool {
	for _, b := range text {
		if b != text[0] {
			return false
		}
	}
	return true
}

// required is rule VAL-REQ-1 for the columns of required fields.
func required(column *Column) func(*Cell) {
	if !column.Required {
		return func(*Cell) {}
	}
	return func(c *Cell) {
		if c.Text == nil {
			c.Note("VAL-REQ-1", record.Error, "required field is null")
		}
	}
}
