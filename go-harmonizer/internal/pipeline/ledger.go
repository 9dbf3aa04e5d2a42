package pipeline

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// ledger keeps lines that belong to records until they are written in the order of record numbers. Most come in order and go to
// scratch; what a comparison of records finds comes late and is few.
type ledger struct {
	store *scratch.Store
	size  int64
	late  []lateLine
	buf   []byte
}

type lateLine struct {
	number int64
	text   []byte
}

const ledgerHead = 12 // bytes before a line: record number and length

// append adds lines in order.
func (l *ledger) append(lines *encode.Lines) error {
	start := 0
	l.buf = l.buf[:0]
	for i, end := range lines.Ends {
		l.buf = binary.LittleEndian.AppendUint64(l.buf, uint64(lines.Numbers[i]))
		l.buf = binary.LittleEndian.AppendUint32(l.buf, uint32(end-start))
		l.buf = append(l.buf, lines.Text[start:end]...)
		start = end
	}
	l.size += int64(len(l.buf))
	_, err := l.store.Write(l.buf)
	return err
}

// add keeps one line that comes out of order.
func (l *ledger) add(number int64, text []byte) {
	l.late = append(l.late, lateLine{number, text})
}

// writeTo writes all lines by ascending record number, those of one record in the order in which they came.
func (l *ledger) writeTo(write func([]byte) error) error {
	slices.SortStableFunc(l.late, func(a, b lateLine) int { return cmp.Compare(a.number, b.number) })
	late := l.late
	err := l.each(func(number int64, text []byte) error {
		for len(late) > 0 && late[0].number < number {
			if err := write(late[0].text); err != nil {
				return err
			}
			late = late[1:]
		}
		return write(text)
	})
	for _, line := range late {
		if err == nil {
			err = write(line.text)
		}
	}
	return err
}

const ledgerPage = 256 << 10

// each calls f for the lines in scratch.
func (l *ledger) each(f func(number int64, text []byte) error) error {
	var page []byte
	for off := int64(0); off < l.size; {
		n := int(min(ledgerPage, l.size-off))
		head, err := l.store.Slice(off, n, page)
		if err != nil {
			return err
		}
		page = head
		used := 0
		for used+ledgerHead <= n {
			length := int(binary.LittleEndian.Uint32(head[used+8:]))
			if used+ledgerHead+length > n {
				break
			}
			text := head[used+ledgerHead : used+ledgerHead+length]
			if err := f(int64(binary.LittleEndian.Uint64(head[used:])), text); err != nil {
				return err
			}
			used += ledgerHead + length
		}
		if used == 0 { // One line is longer than a page.
			if used, err = l.long(off, f); err != nil {
				return err
			}
		}
		off += int64(used)
	}
	return nil
}

func (l *ledger) long(off int64, f func(int64, []byte) error) (int, error) {
	head, err := l.store.Slice(off, ledgerHead, nil)
	if err != nil {
		return 0, err
	}
	number, length := int64(binary.LittleEndian.Uint64(head)), int(binary.LittleEndian.Uint32(head[8:]))
	text, err := l.store.Slice(off+ledgerHead, length, nil)
	if err != nil {
		return 0, err
	}
	return ledgerHead + length, f(number, text)
}
