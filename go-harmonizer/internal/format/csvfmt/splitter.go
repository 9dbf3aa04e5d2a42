package csvfmt

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

// Splitter finds the ends of records in a stream. It reads every byte once, most of them by vector instructions, and what it
// finds does not depend on how the stream is cut into pieces.
type Splitter struct {
	syntax
	max    int64 // bytes of a record
	offset int64 // bytes seen, from the start of the file
	end    int64 // after the last record end
	line   int64 // 1-based line of offset
	endAt  int64 // 1-based line of end
	quoted bool  // inside a quoted field
	closed bool  // the last byte closed a quoted field, or was the first half of a doubled quote
	last   byte  // the byte before offset
	open   int64 // offset of the quote of the current quoted field
	openAt int64 // and its line
}

// NewSplitter returns a Splitter for the data records of a dialect: it is to be fed from d.DataOffset on. A record may have
// maxRecord bytes; 0: DefaultMaxRecord.
func NewSplitter(d Dialect, maxRecord int64) *Splitter {
	if maxRecord <= 0 {
		maxRecord = DefaultMaxRecord
	}
	line := max(d.DataLine, 1)
	return &Splitter{
		syntax: d.syntax(), max: maxRecord, last: '\n',
		offset: d.DataOffset, end: d.DataOffset, line: line, endAt: line,
	}
}

// Scan takes the next bytes of the stream and returns the offset just after the last record end so far, counted from the start
// of the file; d.DataOffset while there is none. It fails with fault.Exhausted when a record is longer than the bound.
func (s *Splitter) Scan(p []byte) (end int64, err error) {
	for len(p) > 0 {
		n := len(p)
		// Only a piece that cannot hold the end of one record beyond the bound is taken whole, so that the bound is exact.
		for n > 1 && s.offset-s.end+int64(n) > s.max {
			n /= 2
		}
		s.take(p[:n])
		if s.offset-s.end > s.max {
			return s.end, fault.New(fault.Exhausted, "RECORD_TOO_LONG", "a record is longer than %d bytes: "+
				"is a quote missing or the delimiter wrong?", s.max).At(s.endAt, s.end).Over(MaxRecordSetting)
		}
		p = p[n:]
	}
	return s.end, nil
}

// Line returns the 1-based line at the offset that Scan returned last.
func (s *Splitter) Line() int64 { return s.endAt }

// Finish ends the stream. What follows the last record end is a record without a line end. It fails with fault.Invalid when a
// quote was never closed, and names the line and byte where it was opened.
func (s *Splitter) Finish() error {
	if s.quoted {
		return unclosed(s.openAt, s.open)
	}
	return nil
}

func unclosed(line, offset int64) error {
	return fault.New(fault.Invalid, "UNCLOSED_QUOTE",
		"a quoted field is not closed before the end of the file: close the quote, or double it where it is text").At(line, offset)
}

// take goes through p quote by quote. A piece without quotes costs one search for a quote and one for a line end.
func (s *Splitter) take(p []byte) {
	cut, opened := -1, -1
	if s.cr && s.last == '\r' && !s.quoted && p[0] != '\n' {
		cut = 0
	}
	i := 0
	if s.closed && p[0] == '"' {
		s.quoted, i = true, 1
	}
	s.closed = false
	for i < len(p) {
		if !s.quoted {
			var c int
			i, c = s.skipPlain(p, i)
			if c >= 0 {
				cut = c
			}
			if s.quoted {
				opened = i - 1
			}
			continue
		}
		i = s.skipQuoted(p, i)
	}
	s.count(p, cut, opened)
}

// skipPlain goes from p[i], outside of quotes, to just after the next quote that opens a field or to the end of p; cut is just
// after the last line end on the way, or -1.
func (s *Splitter) skipPlain(p []byte, i int) (next, cut int) {
	from := i
	for {
		n := bytes.IndexByte(p[i:], '"')
		if n < 0 {
			return len(p), s.lastEnd(p, from, len(p))
		}
		if i += n; s.opens(p, i) {
			s.quoted = true
			return i + 1, s.lastEnd(p, from, i)
		}
		i++
	}
}

// opens tells that the quote at p[i] is at the start of a field.
func (s *Splitter) opens(p []byte, i int) bool {
	before := s.last
	if i > 0 {
		before = p[i-1]
	}
	return before == s.sep || before == '\n' || before == '\r' && s.cr
}

// lastEnd returns the offset just after the last line end in p[from:to], or -1. Where a lone CR ends lines, one at the end of p
// is not yet an end: an LF may follow.
func (s *Splitter) lastEnd(p []byte, from, to int) int {
	lf := bytes.LastIndexByte(p[from:to], '\n')
	if s.cr {
		if to == len(p) && to > from && p[to-1] == '\r' {
			to--
		}
		lf = max(lf, bytes.LastIndexByte(p[from:to], '\r'))
	}
	if lf < 0 {
		return -1
	}
	return from + lf + 1
}

// skipQuoted goes from p[i], inside of quotes, to just after the quote that closes the field or to the end of p. A quote at the
// end of p closes the field for now: if the next piece begins with another, it was doubled.
func (s *Splitter) skipQuoted(p []byte, i int) int {
	for {
		n := bytes.IndexByte(p[i:], '"')
		if n < 0 {
			return len(p)
		}
		if i += n + 1; i == len(p) || p[i] != '"' {
			s.quoted, s.closed = false, i == len(p)
			return i
		}
		i++
	}
}

// count moves on over p, which holds the last record end at cut and opened a quote at opened, -1 where not.
func (s *Splitter) count(p []byte, cut, opened int) {
	if cut >= 0 {
		s.end, s.endAt = s.offset+int64(cut), s.line+s.lines(s.last, p[:cut])
	}
	if opened >= 0 && (s.quoted || s.closed) {
		s.open, s.openAt = s.offset+int64(opened), s.line+s.lines(s.last, p[:opened])
	}
	s.line += s.lines(s.last, p)
	s.offset += int64(len(p))
	s.last = p[len(p)-1]
}

// lines counts the line ends of p, which follows the byte last. A CR counts when the LF does not.
func (s syntax) lines(last byte, p []byte) int64 {
	n := bytes.Count(p, []byte{'\n'})
	if s.cr {
		n += bytes.Count(p, []byte{'\r'}) - bytes.Count(p, []byte("\r\n"))
		if len(p) > 0 && p[0] == '\n' && last == '\r' {
			n--
		}
	}
	return int64(n)
}
