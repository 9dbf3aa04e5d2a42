package csvfmt

import (
	"errors"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// want is a record as the reference parser sees it.
type want struct {
	cells  []string
	raw    string
	broken bool // text after a closing quote
}

// reference is the grammar of STD-CSV-1 once more, a state a byte and nothing clever: the oracle for Splitter and Parser.
// open is the offset of a quote that is not closed, else -1.
func reference(text string, delimiter byte, cr bool) (records []want, blank, open int) {
	const (
		start = iota
		plain
		quoted
		quote
		after
	)
	var cells []string
	var cell strings.Builder
	from, state, broken := 0, start, false
	endCell := func() { cells = append(cells, cell.String()); cell.Reset(); state = start }
	endRecord := func(at int) {
		raw := text[from:at]
		endCell()
		if strings.TrimSpace(raw) == "" {
			blank++
		} else {
			records = append(records, want{cells, raw, broken})
		}
		cells, broken = nil, false
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if state == quoted {
			if c == '"' {
				state = quote
			} else {
				cell.WriteByte(c)
			}
			continue
		}
		if state == quote && c == '"' {
			cell.WriteByte(c)
			state = quoted
			continue
		}
		crlf := c == '\r' && i+1 < len(text) && text[i+1] == '\n'
		switch {
		case delimiter != 0 && c == delimiter:
			endCell()
		case c == '\n' || crlf || c == '\r' && (cr || i+1 == len(text)):
			endRecord(i)
			if crlf {
				i++
			}
			from = i + 1
		case c == '"' && state == start:
			state, open = quoted, i
		case state == quote || state == after:
			state, broken = after, true
		default:
			state = plain
			cell.WriteByte(c)
		}
	}
	if state == quoted {
		return nil, 0, open
	}
	if from < len(text) {
		endRecord(len(text))
	}
	return records, blank, -1
}

// split feeds text to a Splitter in pieces and returns the segments it cut.
func split(t testing.TB, d Dialect, text string, piece func(left int) int) (segments []string, err error) {
	s := NewSplitter(d, 0)
	done, seen := int64(0), 0
	for seen < len(text) {
		n := min(len(text)-seen, max(1, piece(len(text)-seen)))
		end, err := s.Scan([]byte(text[seen : seen+n]))
		if err != nil {
			return segments, err
		}
		seen += n
		if end < done || end > int64(seen) {
			t.Fatalf("record end %d after %d, with %d bytes seen", end, done, seen)
		}
		if end <= 4096 && s.Line() != lineNumber(text[:end], d.LineCR) {
			t.Fatalf("byte %d is said to be on line %d", end, s.Line())
		}
		if end > done {
			segments = append(segments, text[done:end])
			done = end
		}
	}
	if err := s.Finish(); err != nil {
		return segments, err
	}
	if rest := text[done:]; rest != "" {
		segments = append(segments, rest)
	}
	return segments, nil
}

func lineNumber(text string, cr bool) int64 {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	n := strings.Count(text, "\n")
	if cr {
		n += strings.Count(text, "\r")
	}
	return int64(n) + 1
}

// checkSegment compares what the Parser makes of a segment with the records expected, the first of which it consumes.
func checkSegment(t testing.TB, d Dialect, columns int, segment string, b *record.Batch, expected []want) (rest []want, blank int) {
	p := NewParser(d, columns, 0)
	if err := p.Parse([]byte(segment), b); err != nil {
		t.Fatalf("parse %q: %v", segment, err)
	}
	n := b.Records()
	if n > len(expected) {
		t.Fatalf("%d records in %q, only %d expected", n, segment, len(expected))
	}
	if records, blank := p.Count([]byte(segment)); records != n || blank != b.Blank {
		t.Fatalf("counted %d + %d blank, parsed %d + %d in %q", records, blank, n, b.Blank, segment)
	}
	for _, broken := range b.Broken {
		w := expected[broken.Index]
		if !w.broken && len(w.cells) == columns {
			t.Fatalf("%q is broken: %s", w.raw, broken.Reason)
		}
		if raw := string(b.Text(broken.Raw)); raw != w.raw {
			t.Fatalf("raw %q, want %q", raw, w.raw)
		}
	}
	for row := range b.Rows {
		w := expected[b.Index[row]]
		if raw := string(b.Text(b.Raw[row])); raw != w.raw || w.broken || len(w.cells) != columns {
			t.Fatalf("row %q, want %+v", raw, w)
		}
		for column := range columns {
			if got := string(b.Cell(column, row)); got != w.cells[column] {
				t.Fatalf("cell %q, want %q in %q", got, w.cells[column], w.raw)
			}
		}
	}
	return expected[n:], b.Blank
}

// agree splits and parses text in pieces and compares the whole with the reference.
func agree(t testing.TB, d Dialect, text string, piece func(left int) int) {
	t.Helper()
	expected, wantBlank, open := reference(text, d.Delimiter, d.LineCR)
	segments, err := split(t, d, text, piece)
	if open >= 0 {
		var f *fault.Error
		if !errors.As(err, &f) || f.Byte != int64(open) || f.Line != lineNumber(text[:open], d.LineCR) {
			t.Fatalf("the quote at %d of %q is not closed: %v", open, text, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("split %q: %v", text, err)
	}
	columns := 1
	if len(expected) > 0 {
		columns = len(expected[0].cells)
	}
	blank := 0
	b := &record.Batch{}
	for _, segment := range segments {
		var n int
		expected, n = checkSegment(t, d, columns, segment, b, expected)
		blank += n
	}
	if len(expected) > 0 || blank != wantBlank {
		t.Fatalf("%d records missing and %d blank lines, want %d, in %q", len(expected), blank, wantBlank, text)
	}
}
