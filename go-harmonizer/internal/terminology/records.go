package terminology

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// records calls each with the named columns of every record of a CSV file below its header. Errors say the line.
func (r *reading) records(columns []string, optional int, each func(cells [][]byte) error) error {
	bound := &bounded{in: r.in, left: lineMost}
	in := csv.NewReader(withoutMark(bound))
	in.ReuseRecord, in.FieldsPerRecord = true, -1
	var at []int
	cells := make([][]byte, len(columns))
	for n := 1; ; n++ {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(err)
		}
		line, _ := in.FieldPos(0)
		bound.left = lineMost
		if at == nil {
			at, err = positions(fields, columns, optional)
		} else if err = pick(fields, at, cells); err == nil {
			err = each(cells)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		if n%pauseEach == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
	}
}

// withoutMark leaves out the byte order mark.
func withoutMark(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	if first, err := in.Peek(len(mark)); err == nil && bytes.Equal(first, mark) {
		_, _ = in.Discard(len(mark)) // They were just seen.
	}
	return in
}

func pick(fields []string, at []int, cells [][]byte) error {
	for i, column := range at {
		if column >= len(fields) {
			return errShort
		}
		if cells[i] = cells[i][:0]; column >= 0 {
			cells[i] = append(cells[i], strings.TrimSpace(fields[column])...)
		}
	}
	return nil
}

// csvError says where a record cannot be read.
func csvError(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		return fmt.Errorf("line %d: a quote stands where none may; is the file damaged?", parse.StartLine)
	case errors.Is(err, errLong):
		return err
	}
	return unreadable(".", err)
}

var errLong = fmt.Errorf("a record is longer than %d bytes; is a quote left open?", lineMost)

// bounded refuses to read more than is left, which the reader of the records sets anew for each.
type bounded struct {
	in   io.Reader
	left int
}

// Read reads what is left at most.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.in.Read(p)
	b.left -= n
	return n, err
}
