package pipeline

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// ledger keeps lines that belong to records until they are written in the order of record numbers. Most come in order and go to
// scratch as they will be written; what a comparison of records finds comes late and is few.
type ledger struct {
	text *scratch.Store // nil: nobody wants the lines
	// marks hold, for each line, how much its number is above that of the line before and its length.
	marks  *scratch.Store
	blocks []ledgerBlock
	late   []lateLine
	buf    []byte // for marks
	page   []byte // for text
}

// ledgerBlock is the lines of one segment. Only where one that is late stands between them are they looked at one by one.
type ledgerBlock struct {
	first, last       int64 // record numbers
	text, marks       int64 // offsets
	textSize, markLen int
}

type lateLine struct {
	number int64
	text   []byte
}

// append adds lines in order.
func (l *ledger) append(lines *encode.Lines) error {
	n := len(lines.Ends)
	if l.text == nil || n == 0 {
		return nil
	}
	start, number := 0, lines.Numbers[0]
	l.buf = l.buf[:0]
	for i, end := range lines.Ends {
		l.buf = binary.AppendUvarint(l.buf, uint64(lines.Numbers[i]-number))
		l.buf = binary.AppendUvarint(l.buf, uint64(end-start))
		start, number = end, lines.Numbers[i]
	}
	l.blocks = append(l.blocks, ledgerBlock{lines.Numbers[0], number, l.text.Size(), l.marks.Size(), start, len(l.buf)})
	if _, err := l.marks.Write(l.buf); err != nil {
		return err
	}
	_, err := l.text.Write(lines.Text[:start])
	return err
}

// add keeps one line that comes out of order.
func (l *ledger) add(number int64, text []byte) {
	if l.text != nil {
		l.late = append(l.late, lateLine{number, text})
	}
}

// writeTo writes all lines by ascending record number, those of one record in the order in which they came.
func (l *ledger) writeTo(a *artifact) error {
	return l.walk(a.write, func(b *ledgerBlock) error { return a.writeFrom(l.text, b.text, b.textSize) })
}

// each calls f for every line, in the order of writeTo.
func (l *ledger) each(f func([]byte) error) error {
	return l.walk(f, func(b *ledgerBlock) error {
		return l.lines(b, func(_ int64, text []byte) error { return f(text) })
	})
}

// walk goes through the lines in order: one by one where late ones stand between them, else block by block.
func (l *ledger) walk(line func([]byte) error, block func(*ledgerBlock) error) error {
	slices.SortStableFunc(l.late, func(a, b lateLine) int { return cmp.Compare(a.number, b.number) })
	late := l.late
	lateBefore := func(number int64) error {
		for ; len(late) > 0 && late[0].number < number; late = late[1:] {
			if err := line(late[0].text); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range l.blocks {
		b := &l.blocks[i]
		if err := lateBefore(b.first); err != nil {
			return err
		}
		if len(late) == 0 || late[0].number >= b.last {
			if err := block(b); err != nil {
				return err
			}
			continue
		}
		err := l.lines(b, func(number int64, text []byte) error {
			if err := lateBefore(number); err != nil {
				return err
			}
			return line(text)
		})
		if err != nil {
			return err
		}
	}
	for _, one := range late {
		if err := line(one.text); err != nil {
			return err
		}
	}
	return nil
}

// lines calls f for the lines of a block.
func (l *ledger) lines(b *ledgerBlock, f func(number int64, text []byte) error) error {
	l.page = slices.Grow(l.page[:0], b.textSize)
	text, err := l.text.Slice(b.text, b.textSize, l.page)
	if err != nil {
		return err
	}
	l.buf = slices.Grow(l.buf[:0], b.markLen)
	marks, err := l.marks.Slice(b.marks, b.markLen, l.buf)
	if err != nil {
		return err
	}
	for number := b.first; len(marks) > 0; {
		more, n := binary.Uvarint(marks)
		size, m := binary.Uvarint(marks[n:])
		number, marks = number+int64(more), marks[n+m:]
		if err := f(number, text[:size]); err != nil {
			return err
		}
		text = text[size:]
	}
	return nil
}
