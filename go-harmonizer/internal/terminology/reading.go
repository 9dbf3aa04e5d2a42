package terminology

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	lineMost  = 1 << 20 // bytes of a line or record
	pauseEach = 1 << 12 // lines between looks at the context
)

// reading is a file that is being read.
type reading struct {
	ctx   context.Context
	in    io.Reader
	place string // path, for kinds whose directory tells the version
	// newest is the highest version that a column of the file tells.
	newest  string
	version uint64 // newest as a number
	parts   map[string]*part
	order   []*part // parts in order of their first code
	note    string  // a remark about the file
	room    [codeMost]byte
}

// add takes a code as the file writes it.
func (r *reading) add(system string, code []byte, active bool) error {
	p := r.parts[system]
	if p == nil {
		p = &part{system: system}
		r.parts[system] = p
		r.order = append(r.order, p)
	}
	f := forms[system]
	written, ok := f.write(r.room[:0], code)
	if !ok {
		return fmt.Errorf("the code is not written as %s writes its codes; is the file damaged?", system)
	}
	if len(p.keys)+len(p.long) >= codesMost {
		return errSize
	}
	p.add(written, f, active)
	return nil
}

// mark is the byte order mark that some editors put first.
var mark = []byte("\ufeff")

// lines calls each with every line that is not empty, without its end. Errors say the line.
func (r *reading) lines(each func(n int, line []byte) error) error {
	in := bufio.NewReaderSize(r.in, lineMost)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("line %d: longer than %d bytes; is it the file of the release?", n, lineMost)
		case err != nil && !errors.Is(err, io.EOF):
			return fmt.Errorf("line %d: %w", n, unreadable(".", err))
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, mark)
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			if err := each(n, line); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
		if err != nil {
			return nil
		}
		if n%pauseEach == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
	}
}

// tabs calls each with the named columns of every line below the header; the last columns named may be missing from the header.
func (r *reading) tabs(columns []string, optional int, each func(cells [][]byte) error) error {
	var at []int
	cells := make([][]byte, len(columns))
	return r.lines(func(n int, line []byte) (err error) {
		if at == nil {
			at, err = positions(strings.Split(string(line), "\t"), columns, optional)
			return err
		}
		if !cut(line, '\t', at, cells) {
			return errShort
		}
		return each(cells)
	})
}

var errShort = errors.New("columns are missing; is the file damaged?")

// cut sets cells to the fields of the line at the positions, nil where a position is below 0, and tells whether all are there.
func cut(line []byte, separator byte, at []int, cells [][]byte) bool {
	for i, column := range at {
		if cells[i] = nil; column < 0 {
			continue
		}
		rest := line
		for range column {
			_, after, ok := bytes.Cut(rest, []byte{separator})
			if !ok {
				return false
			}
			rest = after
		}
		cells[i], _, _ = bytes.Cut(rest, []byte{separator})
	}
	return true
}

// positions returns where the columns stand in the header, -1 for one of the optional last ones that is missing.
func positions(header, columns []string, optional int) ([]int, error) {
	at := make([]int, len(columns))
	for i, column := range columns {
		at[i] = -1
		for j, name := range header {
			if strings.EqualFold(strings.TrimSpace(name), column) {
				at[i] = j
			}
		}
		if at[i] < 0 && i < len(columns)-optional {
			return nil, fmt.Errorf("there is no column %s; is it the file of the release, as it was unpacked?", column)
		}
	}
	return at, nil
}
