package csvfmt

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// ErrMore says that Sniff has to see more of the file. It is never returned for a whole file or for MaxHead bytes.
var ErrMore = errors.New("more of the file is needed")

// MaxHead is the number of bytes that is always enough for Sniff.
const MaxHead = DefaultMaxRecord

const (
	lineEndBytes   = 64 << 10 // in which an LF decides against lone CR (rule STD-CSV-1)
	usualHead      = 1 << 20  // after which a header row is enough, however few records there are
	shareRecords   = 100      // over which delimiters are compared (rule STD-CSV-1)
	preambleWindow = 50       // records in which a preamble is looked for (rule STD-CSV-2)
)

// delimiters are tried in this order (rule STD-CSV-1).
var delimiters = []byte{',', '\t', ';', '|'}

// Sniff finds the dialect of a file from its beginning, decompressed and without BOM, in any encoding that keeps ASCII in place;
// whole tells that head is all there is.
//
// The answer depends on the file alone, not on how much of it is in head: where that is too little, it returns ErrMore, and the
// caller comes back with at least twice as much. Other errors are faults: EMPTY_FILE, NO_HEADER, UNCLOSED_QUOTE, BROKEN_HEADER,
// BAD_DELIMITER, RECORD_TOO_LONG, TOO_MANY_COLUMNS.
func Sniff(head []byte, whole bool, o Options) (Dialect, []Note, error) {
	if d := o.Delimiter; d == '"' || d == '\r' || d == '\n' || d > '~' {
		return Dialect{}, nil, fault.New(fault.Invalid, "BAD_DELIMITER", "the delimiter has to be one ASCII character, not a quote or a line end")
	}
	if len(head) == 0 && whole {
		return Dialect{}, nil, fault.New(fault.Invalid, "EMPTY_FILE", "the file is empty (0 bytes)").At(1, 0)
	}
	for _, limit := range []int{usualHead, MaxHead} {
		s := sniffer{head: head, whole: whole, o: o, last: limit == MaxHead}
		if len(head) > limit {
			s.head, s.whole = head[:limit], false
		}
		s.full = len(s.head) == limit
		d, notes, err := s.sniff()
		if !errors.Is(err, ErrMore) || !s.full || len(head) == limit {
			return d, notes, err
		}
	}
	return Dialect{}, nil, ErrMore
}

// sniffer is one try on a piece of the beginning.
type sniffer struct {
	head  []byte
	whole bool // head is the file
	full  bool // no more will be given for this try
	last  bool // there is no try after this one
	o     Options
	cr    bool
}

// survey is what the beginning looks like under one delimiter.
type survey struct {
	syntax
	delimiter byte
	skipped   []row // by Options.SkipRows
	rows      []row // without blank ones; the first rows of the file
	blanks    []row
	header    int // index of the header row
	share     int // rows with as many fields as the header
}

func (s *sniffer) sniff() (Dialect, []Note, error) {
	if !s.whole && !s.full && len(s.head) < lineEndBytes {
		return Dialect{}, nil, ErrMore
	}
	start := s.head[:min(len(s.head), lineEndBytes)]
	s.cr = bytes.IndexByte(start, '\n') < 0 && bytes.IndexByte(start, '\r') >= 0
	best, err := s.choose()
	if err != nil {
		return Dialect{}, nil, err
	}
	if len(best.rows) == 0 {
		return Dialect{}, nil, s.nothing(best)
	}
	return s.describe(best)
}

// choose returns the survey of the delimiter under which most records have as many fields as the header; the one without a
// delimiter when no header has two fields.
func (s *sniffer) choose() (best survey, err error) {
	tried := delimiters
	if s.o.Delimiter != 0 {
		tried = []byte{s.o.Delimiter}
	}
	known, rows := true, 0
	for _, d := range tried {
		v, ok := s.survey(d)
		known, rows = known && ok, max(rows, len(v.rows))
		v.locate(s.o.SkipRows != nil)
		if len(v.rows) == 0 || v.rows[v.header].fields < 2 {
			continue
		}
		if best.rows == nil || v.share*len(best.rows) > best.share*len(v.rows) {
			best = v
		}
	}
	if !known && !(s.full && (s.last || rows > 0)) {
		return best, ErrMore
	}
	if best.rows == nil {
		best, _ = s.survey(s.o.Delimiter)
	}
	return best, nil
}

// survey reads the first rows under a delimiter, 0 for none; known tells that more bytes would not change them.
func (s *sniffer) survey(delimiter byte) (v survey, known bool) {
	v.delimiter, v.syntax = delimiter, Dialect{Delimiter: delimiter, LineCR: s.cr}.syntax()
	skip := 0
	if s.o.SkipRows != nil {
		skip = *s.o.SkipRows
	}
	for i := 0; i < len(s.head); {
		r := v.row(s.head, i)
		if !s.whole && (r.next == len(s.head) || r.open >= 0) {
			break // it may go on
		}
		i = r.next
		switch {
		case skip > 0:
			skip--
			v.skipped = append(v.skipped, r)
		case r.blank:
			v.blanks = append(v.blanks, r)
		default:
			v.rows = append(v.rows, r)
		}
		if len(v.rows) == shareRecords {
			return v, true
		}
	}
	return v, s.whole
}

// locate finds the header row: the first with the body's field count, which is the commonest one over 1 (rule STD-CSV-2).
func (v *survey) locate(fixed bool) {
	if len(v.rows) == 0 {
		return
	}
	if !fixed {
		v.header = v.firstOf(v.commonest())
	}
	v.share = v.count(v.rows, v.rows[v.header].fields)
}

func (v *survey) window() []row { return v.rows[:min(len(v.rows), preambleWindow)] }

// commonest returns the commonest field count over 1, the larger of two; 0 when there is none.
func (v *survey) commonest() (fields int) {
	times := map[int]int{}
	for _, r := range v.window() {
		times[r.fields]++
	}
	for f, n := range times {
		if f > 1 && (n > times[fields] || n == times[fields] && f > fields || fields == 0) {
			fields = f
		}
	}
	return fields
}

// firstOf returns the index of the first row with this many fields. Rows before it are only believed to be a preamble when at
// least half of the rows from there on look alike; a few commas in a column of free text do not make a body.
func (v *survey) firstOf(fields int) int {
	rows := v.window()
	for i, r := range rows {
		if fields > 1 && r.fields == fields {
			if 2*v.count(rows[i:], fields) >= len(rows)-i {
				return i
			}
			return 0
		}
	}
	return 0
}

func (v *survey) count(rows []row, fields int) (n int) {
	for _, r := range rows {
		if r.fields == fields {
			n++
		}
	}
	return n
}

// nothing says why there is no row.
func (s *sniffer) nothing(v survey) error {
	switch {
	case !s.whole && len(v.skipped) > 0:
		return fault.New(fault.Invalid, "NO_HEADER", "skip_rows leaves no header within the first %d bytes", len(s.head)).At(1, 0)
	case !s.whole:
		return fault.New(fault.Exhausted, "RECORD_TOO_LONG", "the header is not complete within the first %d bytes: "+
			"is a quote missing, or is this not a CSV file?", len(s.head)).At(1, 0).Over(MaxRecordSetting)
	case len(v.skipped) > 0:
		return fault.New(fault.Invalid, "NO_HEADER", "nothing is left after skip_rows: "+
			"the file has %d rows", len(v.skipped)+len(v.blanks)).At(1, 0)
	}
	return fault.New(fault.Invalid, "EMPTY_FILE", "the file holds nothing but blank lines").At(1, 0)
}

// describe writes down the dialect and what is remarkable about it.
func (s *sniffer) describe(v survey) (Dialect, []Note, error) {
	h := v.rows[v.header]
	line := s.lineOf(h.start)
	if h.open >= 0 {
		return Dialect{}, nil, unclosed(s.lineOf(h.open), int64(h.open))
	}
	if bound := s.maxColumns(); h.fields > bound {
		return Dialect{}, nil, fault.New(fault.Exhausted, "TOO_MANY_COLUMNS",
			"the header has %d columns, more than %d", h.fields, bound).At(line, int64(h.start)).Over(MaxColumnsSetting)
	}
	d := Dialect{Delimiter: v.delimiter, LineCR: s.cr, Header: s.hasHeader(v)}
	for _, r := range append(v.skipped, v.rows[:v.header]...) {
		if !isBlank(s.head[r.start:r.end]) {
			d.Preamble = append(d.Preamble, string(s.head[r.start:r.end]))
		} else {
			d.Blank++
		}
	}
	for _, r := range v.blanks {
		if r.start < h.start {
			d.Blank++
		}
	}
	if d.Header && h.trailing {
		return Dialect{}, nil, fault.New(fault.Invalid, "BROKEN_HEADER", "the header has text after a closing quote").At(line, int64(h.start))
	}
	d.DataOffset, d.HeaderRow = int64(h.start), v.cells(s.head, h)
	if d.Header {
		d.DataOffset = int64(h.next)
	} else {
		for i := range d.HeaderRow {
			d.HeaderRow[i] = fmt.Sprintf("column_%d", i+1)
		}
	}
	d.DataLine = s.lineOf(int(d.DataOffset))
	return d, s.notes(d), nil
}

func (s *sniffer) maxColumns() int {
	if s.o.MaxColumns > 0 {
		return s.o.MaxColumns
	}
	return DefaultMaxColumns
}

// lineOf returns the 1-based line of an offset.
func (s *sniffer) lineOf(offset int) int64 {
	return 1 + syntax{cr: s.cr}.lines(0, s.head[:offset])
}

// notes are the findings about the dialect. What a caller asked for is no finding.
func (s *sniffer) notes(d Dialect) (notes []Note) {
	warn := func(rule, message string) {
		notes = append(notes, Note{rule, record.Warning, message})
	}
	if name := names[d.Delimiter]; name != "" && s.o.Delimiter == 0 {
		warn("STD-CSV-1", "the delimiter is "+name+", not a comma")
	}
	if d.LineCR {
		warn("STD-CSV-1", "lines end with a lone CR")
	}
	if d.Blank > 0 {
		notes = append(notes, Note{"STD-CSV-1", record.Information, "blank lines before the data were skipped"})
	}
	if n := len(d.Preamble); n > 0 && s.o.SkipRows == nil {
		warn("STD-CSV-2", fmt.Sprintf("%d records before the header are a preamble, not data; they are in the quarantine file as record 0", n))
	}
	if !d.Header && s.o.Header == nil {
		warn("STD-CSV-2", "there is no header row; the columns are named column_1, column_2 and so on")
	}
	return notes
}

var names = map[byte]string{'\t': "a tab", ';': "a semicolon", '|': "a bar"}
