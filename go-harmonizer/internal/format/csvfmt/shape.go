package csvfmt

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// hasHeader tells whether the header row holds names rather than the first record (rule STD-CSV-2): it does not when no cell of it
// maps to a field, and a cell with a digit has the same shape as most cells below it.
func (s *sniffer) hasHeader(v survey) bool {
	if s.o.Header != nil {
		return *s.o.Header
	}
	first := v.cells(s.head, v.rows[v.header])
	if s.o.Maps != nil && s.o.Maps(first) {
		return true
	}
	below := s.below(v, len(first))
	for i, cell := range first {
		if strings.ContainsFunc(cell, unicode.IsDigit) && alike(below, i, shape(cell)) {
			return false
		}
	}
	return true
}

// below returns the records after the header row that have its field count.
func (s *sniffer) below(v survey, fields int) (records [][]string) {
	for i, r := range v.window() {
		if i > v.header && r.fields == fields && r.open < 0 {
			records = append(records, v.cells(s.head, r))
		}
	}
	return records
}

// alike tells that most cells of a column have the given shape.
func alike(records [][]string, column int, want string) bool {
	n := 0
	for _, cells := range records {
		if shape(cells[column]) == want {
			n++
		}
	}
	return 2*n > len(records)
}

// shape writes A for a letter and 9 for a digit. A byte that is no UTF-8 stands for a letter of a code page.
func shape(cell string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return '9'
		case unicode.IsLetter(r) || r == utf8.RuneError:
			return 'A'
		}
		return r
	}, cell)
}
