package encode

import (
	"unicode/utf8"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// What is known of the layout of a text, in Value.Layout.
const (
	scanned uint8 = 1 << iota
	quoted        // CSV needs quotes
	formula       // a spreadsheet would run it (rule SEC-1)
	escaped       // JSON may need an escape
	number        // JSON has it without quotes
)

// marksOf are the marks that a byte gives to the text that holds it.
var marksOf = func() (t [256]uint8) {
	for c := range t {
		if csvfmt.NeedsQuote([]byte{byte(c)}) {
			t[c] |= quoted
		}
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			t[c] |= escaped
		}
	}
	return t
}()

// look finds out once how a text is laid out.
func look(v *record.Value) uint8 {
	if v.Layout == 0 {
		v.Layout = lookAt(v.Text)
	}
	return v.Layout
}

func lookAt(text []byte) uint8 {
	marks := scanned
	for _, c := range text {
		marks |= marksOf[c]
	}
	if csvfmt.IsFormula(text) {
		marks |= formula
	}
	return marks
}
