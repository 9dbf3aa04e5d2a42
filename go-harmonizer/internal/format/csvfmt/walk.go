package csvfmt

import (
	"bytes"
	"unicode/utf8"
)

// syntax is what cutting needs to know of a dialect. sep is LF when nothing separates, so that it ends a record as LF does.
type syntax struct {
	sep byte
	cr  bool
}

func (d Dialect) syntax() syntax {
	if d.Delimiter == 0 {
		return syntax{'\n', d.LineCR}
	}
	return syntax{d.Delimiter, d.LineCR}
}

// lineEnd returns the length of the line end at data[i]: 0 when there is none. A CR that ends the data is a line end.
func (s syntax) lineEnd(data []byte, i int) int {
	switch {
	case i == len(data):
		return 0
	case data[i] == '\n':
		return 1
	case data[i] != '\r':
		return 0
	case i+1 < len(data) && data[i+1] == '\n':
		return 2
	case s.cr || i+1 == len(data):
		return 1
	}
	return 0
}

// fieldEnd returns where the unquoted text at data[i] ends: at a separator, a line end or the end of the data.
func (s syntax) fieldEnd(data []byte, i int) int {
	for ; i < len(data); i++ {
		if c := data[i]; c == s.sep || c == '\n' || c == '\r' && s.lineEnd(data, i) > 0 {
			return i
		}
	}
	return i
}

// quoteEnd returns the offset of the quote that closes the field whose opening quote is at data[open], and the number of
// doubled quotes in it; -1 when nothing closes it.
func quoteEnd(data []byte, open int) (end, doubled int) {
	i := open + 1
	for {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return -1, doubled
		}
		if i += n; i+1 == len(data) || data[i+1] != '"' {
			return i, doubled
		}
		doubled++
		i += 2
	}
}

// field is one field of a record.
type field struct {
	start, end int  // the text, quotes excluded
	next       int  // where the text after the field starts: a separator, a line end or the end of the data
	doubled    int  // number of doubled quotes in the text
	trailing   bool // there is text after the closing quote
	open       bool // the quote is never closed
}

func (s syntax) field(data []byte, i int) field {
	if i == len(data) || data[i] != '"' {
		end := s.fieldEnd(data, i)
		return field{start: i, end: end, next: end}
	}
	end, doubled := quoteEnd(data, i)
	if end < 0 {
		return field{start: i + 1, end: len(data), next: len(data), doubled: doubled, open: true}
	}
	next := s.fieldEnd(data, end+1)
	return field{start: i + 1, end: end, next: next, doubled: doubled, trailing: next > end+1}
}

// row is one record as the sniffer sees it.
type row struct {
	start, end, next int // data[start:end] is the record, next is after its line end
	fields           int
	blank            bool
	trailing         bool // a field has text after its closing quote
	open             int  // offset of a quote that is never closed, else -1
}

// row reads the record at data[i]; i < len(data).
func (s syntax) row(data []byte, i int) row {
	r := row{start: i, open: -1}
	for {
		f := s.field(data, i)
		r.fields++
		r.trailing = r.trailing || f.trailing
		if f.open {
			r.open = i
		}
		r.end = f.next
		if n := s.lineEnd(data, f.next); n > 0 || f.next == len(data) {
			r.next = f.next + n
			r.blank = isBlank(data[r.start:r.end])
			return r
		}
		i = f.next + 1
	}
}

// cells returns the fields of a row, quotes removed.
func (s syntax) cells(data []byte, r row) []string {
	cells := make([]string, 0, r.fields)
	for i := r.start; len(cells) < r.fields; {
		f := s.field(data[:r.end], i)
		text := data[f.start:f.end]
		if f.doubled > 0 {
			text = bytes.ReplaceAll(text, []byte(`""`), []byte(`"`))
		}
		cells = append(cells, string(text))
		i = f.next + 1
	}
	return cells
}

// isBlank tells that a line holds only white space, tabs that separate nothing but empty fields among it.
func isBlank(line []byte) bool {
	if len(line) > 0 && line[0] > ' ' && line[0] < utf8.RuneSelf {
		return false
	}
	return len(bytes.TrimSpace(line)) == 0
}
