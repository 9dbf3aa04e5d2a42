package csvfmt

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Why a record is no row.
const (
	TooFewFields  = "the record has fewer fields than the header"
	TooManyFields = "the record has more fields than the header"
	TextAfter     = "there is text after a closing quote"
)

// maxSegment bounds what is cut at once: spans are 32 bits wide, and unescaped cells come on top.
const maxSegment = 1 << 31

// Parser cuts whole records into cells. It holds nothing between calls but its settings; any number of goroutines may use it.
type Parser struct {
	syntax
	columns  int
	maxField int
}

// NewParser returns a Parser for records of a dialect with the given number of columns. A field may have maxField bytes;
// 0: DefaultMaxField.
func NewParser(d Dialect, columns, maxField int) *Parser {
	if maxField <= 0 {
		maxField = DefaultMaxField
	}
	return &Parser{syntax: d.syntax(), columns: columns, maxField: maxField}
}

// Parse cuts a segment of whole records of UTF-8 text into the cells of b, which it resets. The segment becomes b.Data and belongs
// to the batch from then on; unescaped cells are appended to it, into its spare capacity if there is any.
//
// It fails with fault.Invalid when a quote is not closed within the segment and with fault.Exhausted when a field is longer than
// the bound; line and byte then count from the start of the segment (line 1, byte 0).
func (p *Parser) Parse(segment []byte, b *record.Batch) error {
	if len(segment) > maxSegment {
		return fault.New(fault.Internal, "SEGMENT_TOO_LONG", "a segment of records is longer than %d bytes", maxSegment)
	}
	b.Reset(p.columns)
	b.Data = segment
	c := cutter{marks: marks{syntax: p.syntax, data: segment}, Parser: p, b: b, room: rowsRoom(b)}
	defer c.close()
	return c.run()
}

// rowsRoom returns for how many rows there is room in every column.
func rowsRoom(b *record.Batch) int {
	room := min(cap(b.Raw), cap(b.Index))
	for _, c := range b.Cells {
		room = min(room, cap(c))
	}
	b.Raw, b.Index = b.Raw[:room], b.Index[:room]
	for i, c := range b.Cells {
		b.Cells[i] = c[:room]
	}
	return room
}

// cutter is one run of a Parser. While it works the columns of b are as long as there is room, and cells are set by row.
type cutter struct {
	marks
	*Parser
	b      *record.Batch
	room   int
	number uint32 // records so far, broken ones counted
}

// grow doubles the room for rows, up to what the segment can hold: a row has at least one byte a column.
func (c *cutter) grow() {
	c.room = max(c.room+1, min(max(64, 2*c.room), len(c.data)/max(1, c.columns)+1))
	c.b.Raw = lengthen(c.b.Raw, c.room)
	c.b.Index = lengthen(c.b.Index, c.room)
	for i, cells := range c.b.Cells {
		c.b.Cells[i] = lengthen(cells, c.room)
	}
}

func lengthen[T any](s []T, n int) []T {
	longer := make([]T, n)
	copy(longer, s)
	return longer
}

// close gives the columns the length of the rows there are.
func (c *cutter) close() {
	rows := c.b.Rows
	c.b.Raw, c.b.Index = c.b.Raw[:rows], c.b.Index[:rows]
	for i, cells := range c.b.Cells {
		c.b.Cells[i] = cells[:rows]
	}
}

// run cuts record after record.
func (c *cutter) run() error {
	var f field
	data, b, sep := c.data, c.b, c.marks.sep
	for start := 0; start < len(data); {
		if b.Rows == c.room {
			c.grow()
		}
		cells, row, kept := b.Cells, b.Rows, len(b.Data)
		columns, end, trailing := 0, 0, false
		for i := start; ; i = end + 1 {
			var span record.Span
			if i < len(data) && data[i] == '"' {
				if f = c.marks.field(data, i); f.open {
					return c.fail(i)
				}
				span, end, trailing = c.unquote(f), f.next, trailing || f.trailing
				c.skipTo(end)
			} else {
				end = c.peek()
				if c.crEnds(i, end) {
					end--
				}
				span = record.Span{Off: uint32(i), Len: uint32(end - i)}
			}
			if columns < len(cells) {
				cells[columns][row] = span
			}
			columns++
			if end == len(data) || data[end] != sep || sep == '\n' {
				break
			}
			c.k++
		}
		next, err := c.finish(start, end, columns, trailing, kept)
		if err != nil {
			return err
		}
		c.skipTo(next)
		start = next
	}
	return nil
}

// crEnds tells that the last byte of the plain field data[i:end] is the CR of the line end.
func (c *cutter) crEnds(i, end int) bool {
	return end > i && c.data[end-1] == '\r' && (end == len(c.data) || c.data[end] == '\n')
}

// fail says that the quote at data[i] is not closed.
func (c *cutter) fail(i int) error {
	return unclosed(1+c.marks.lines(0, c.data[:i]), int64(i))
}

// unquote returns the text of a quoted field, without the doubled quotes.
func (c *cutter) unquote(f field) record.Span {
	if f.doubled == 0 {
		return record.Span{Off: uint32(f.start), Len: uint32(f.end - f.start)}
	}
	from, text := len(c.b.Data), c.data[f.start:f.end]
	for {
		n := bytes.IndexByte(text, '"')
		if n < 0 {
			break
		}
		c.b.Data = append(c.b.Data, text[:n+1]...)
		text = text[n+2:]
	}
	c.b.Data = append(c.b.Data, text...)
	return record.Span{Off: uint32(from), Len: uint32(len(c.b.Data) - from)}
}

// finish files the record data[start:end] as a row, as broken or as blank, and returns where the next one starts.
func (c *cutter) finish(start, end, columns int, trailing bool, mark int) (next int, err error) {
	next = end + c.marks.lineEnd(c.data, end)
	b, raw := c.b, record.Span{Off: uint32(start), Len: uint32(end - start)}
	if isBlank(c.data[start:end]) {
		b.Blank++
		return next, nil
	}
	if columns != c.columns || trailing {
		b.Data = b.Data[:mark]
		b.Broken = append(b.Broken, record.Broken{Index: c.number, Raw: raw, Reason: c.reason(columns, trailing)})
		c.number++
		return next, nil
	}
	if end-start > c.maxField {
		if err := c.bound(start); err != nil {
			return 0, err
		}
	}
	b.Raw[b.Rows], b.Index[b.Rows] = raw, c.number
	b.Rows++
	c.number++
	return next, nil
}

func (c *cutter) reason(columns int, trailing bool) string {
	switch {
	case trailing:
		return TextAfter
	case columns < c.columns:
		return TooFewFields
	}
	return TooManyFields
}

// bound checks the fields of the last row, which starts at data[start].
func (c *cutter) bound(start int) error {
	for _, cells := range c.b.Cells {
		if int(cells[c.b.Rows].Len) > c.maxField {
			return fault.New(fault.Exhausted, "FIELD_TOO_LONG", "a field is longer than %d bytes", c.maxField).
				At(1+c.marks.lines(0, c.data[:start]), int64(start)).Over(MaxFieldSetting)
		}
	}
	return nil
}

// Count returns the number of records, broken ones counted, and of blank lines in a segment of whole records.
func (p *Parser) Count(segment []byte) (records, blank int) {
	for i := 0; i < len(segment); {
		r := p.row(segment, i)
		if r.blank {
			blank++
		} else {
			records++
		}
		i = r.next
	}
	return records, blank
}
