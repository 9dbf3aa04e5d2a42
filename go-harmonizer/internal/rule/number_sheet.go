package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// sheetDamage is rule STD-NUM-4, the first step of the rules of ids and codes: what a spreadsheet made of them is found, and a
// trailing .0 removed. It tells whether the cell was kept and the caller has nothing left to do.
func sheetDamage(c *Cell) bool {
	text := c.Text
	switch {
	case isExponential(text):
		c.Keep("STD-NUM-4", record.Error, "scientific notation: digits were lost")
	case len(text) > 1 && len(bytes.TrimLeft(text, "#")) == 0:
		c.Keep("STD-NUM-4", record.Error, "a spreadsheet column that was too narrow: the value was lost")
	case c.column.Type == "code" && isSheetDate(text):
		c.Keep("STD-NUM-4", record.Error, "a code that a spreadsheet made a date")
	default:
		if n := len(text) - 2; n > 0 && text[n] == '.' && text[n+1] == '0' && digitsAt(text, 0) == n {
			c.SetAs("STD-NUM-4", text[:n:n], record.Warning, "trailing .0 removed")
		}
		return false
	}
	return true
}

// isExponential tells whether text is a number in scientific notation as spreadsheets write it. 1E5 may be an identifier, so
// without a fraction the exponent must have a sign.
func isExponential(text []byte) bool {
	if len(text) < 4 || text[0]-'0' >= 10 {
		return false
	}
	i, fraction := 1, 0
	if text[1] == '.' {
		fraction = digitsAt(text, 2)
		i = 2 + fraction
		if fraction == 0 {
			return false
		}
	}
	n := exponentEnd(text[i:])
	return n > 0 && i+n == len(text) && (fraction > 0 || text[i+1]-'0' >= 10)
}

// isSheetDate tells whether text is what spreadsheets make of codes such as MARCH2: 2-Mar or Mar-02.
func isSheetDate(text []byte) bool {
	n := len(text)
	i := bytes.IndexByte(text, '-')
	if i < 0 {
		return false
	}
	day, month := text[:i], text[i+1:]
	if n > 0 && text[0]-'0' >= 10 {
		day, month = month, day
	}
	if len(month) != 3 || len(day) < 1 || len(day) > 4 || digitsAt(day, 0) != len(day) {
		return false
	}
	var key [3]byte
	at := bytes.Index([]byte("janfebmaraprmayjunjulaugsepoctnovdec"), lowerInto(key[:0], month))
	return at >= 0 && at%3 == 0
}
