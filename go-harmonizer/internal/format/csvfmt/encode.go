package csvfmt

import (
	"bytes"
	"unicode/utf8"
)

// NeedsQuote tells that a cell has to be quoted: it holds a comma, a quote or a line end. White space at its ends needs none
// (RFC 4180: spaces are part of a field).
func NeedsQuote(text []byte) bool {
	for _, c := range text {
		if c <= ',' && (c == ',' || c == '"' || c == '\n' || c == '\r') {
			return true
		}
	}
	return false
}

// IsFormula tells that a spreadsheet would run a cell (rule SEC-1): it starts with one of = + - @ TAB CR LF or a full-width
// ＝ ＋ － ＠, and is no plain number.
func IsFormula(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	switch r, _ := utf8.DecodeRune(text); r {
	case '=', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return true
	case '+', '-':
		return !isPlainNumber(text[1:])
	}
	return false
}

// isPlainNumber tells that text matches ^\d+(\.\d+)?$.
func isPlainNumber(text []byte) bool {
	whole, fraction, dotted := bytes.Cut(text, []byte{'.'})
	return isDigits(whole) && (!dotted || isDigits(fraction))
}

func isDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}

// Unguard returns a cell without the apostrophe that SEC-1 put before a formula. It is for harmonized files (rule 0.10).
func Unguard(text []byte) []byte {
	if len(text) > 1 && text[0] == '\'' && IsFormula(text[1:]) {
		return text[1:]
	}
	return text
}

// AppendCell appends one cell. quote and formula are what NeedsQuote and IsFormula say of the text, for those who know already;
// a formula gets an apostrophe, so that no spreadsheet runs it.
func AppendCell(dst, text []byte, quote, formula bool) []byte {
	if quote {
		dst = append(dst, '"')
	}
	if formula {
		dst = append(dst, '\'')
	}
	if !quote {
		return append(dst, text...)
	}
	for {
		n := bytes.IndexByte(text, '"')
		if n < 0 {
			return append(append(dst, text...), '"')
		}
		dst = append(append(dst, text[:n+1]...), '"')
		text = text[n+1:]
	}
}

// AppendRow appends cells as one record with its line end. guard says whether SEC-1 is on. A single cell that would read as a
// blank line is quoted.
func AppendRow[T string | []byte](dst []byte, cells []T, guard bool) []byte {
	for i, cell := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		text := []byte(cell)
		quote := NeedsQuote(text) || len(cells) == 1 && isBlank(text)
		dst = AppendCell(dst, text, quote, guard && IsFormula(text))
	}
	return append(dst, '\n')
}
