package charset

import (
	"bufio"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"
)

// Verdict is what a file turned out to be.
type Verdict struct {
	// Label is the encoding of the file.
	Label Label
	// High is the number of bytes over 0x7F that passed, the BOM not counted.
	High int64
	// Valid tells that the text that passed is UTF-8, so that Decode has nothing to do.
	Valid bool
}

// Reader passes text on without its BOM: as UTF-8 when it was UTF-16, else as it is. One goroutine may read it.
type Reader struct {
	text  io.Reader
	label Label // decided from the first bytes; empty: the whole file decides
	bom   int
	check validator
}

// NewReader reads the first 4 KiB of r, or all of a shorter file, and decides what they decide. A forced label wins over a BOM.
// It fails with fault.Invalid NOT_TEXT, and as r does.
func NewReader(r io.Reader, forced Label) (*Reader, error) {
	buffer := bufio.NewReaderSize(r, 64<<10)
	head, err := buffer.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	c := &Reader{text: buffer}
	c.label, c.bom = detect(head, forced)
	if err := refuse(head, c.label); err != nil {
		return nil, err
	}
	if _, err := buffer.Discard(c.bom); err != nil {
		return nil, err
	}
	switch c.label {
	case UTF16LE:
		c.text = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader(buffer)
	case UTF16BE:
		c.text = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader(buffer)
	}
	return c, nil
}

// BOM is the number of bytes that were dropped at the start.
func (c *Reader) BOM() int { return c.bom }

// Early is the label as far as the first bytes decide it; empty: the verdict will.
func (c *Reader) Early() Label { return c.label }

// Read returns the next bytes of the text. It fails as the reader below does.
func (c *Reader) Read(p []byte) (int, error) {
	n, err := c.text.Read(p)
	c.check.write(p[:n])
	return n, err
}

// Verdict returns what the text that was read so far is; after io.EOF, what the file is. It may be asked again.
func (c *Reader) Verdict() Verdict {
	v := Verdict{Label: c.label, High: c.check.high, Valid: c.check.valid()}
	if v.Label == "" {
		v.Label = UTF8
		if !v.Valid {
			v.Label = Windows1252
		}
	}
	if v.Label == Windows1252 {
		v.Valid = v.High == 0
	}
	return v
}
