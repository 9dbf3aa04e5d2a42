package encode

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// Hash takes the hashes of a table when they are asked for. It is called where the table changes between its hashes and Encode, which
// takes them otherwise.
func (e *Encoder) Hash(t *plan.Table, b *Block) {
	b.Hashes = b.Hashes[:0]
	e.hashed = true
	if !e.options.Hashes {
		return
	}
	for from := 0; from < len(t.Refs); from += e.page.size {
		e.page.turn(t, from)
		for _, slot := range e.order {
			e.page.gather(t, slot)
		}
		e.hashPage(t, b)
	}
}

// hashPage adds the hashes of the records of the page: xxh3 of 128 bits over everything that is compared, so that two of n records that
// differ share one with a probability of about n²/2¹²⁹. The halves of a split blood pressure hash each other too, so that a pair goes
// together.
func (e *Encoder) hashPage(t *plan.Table, b *Block) {
	e.compared = e.compared[:0]
	for k, slot := range e.order {
		if c := &e.page.slots[slot]; c.live {
			e.compared = append(e.compared, compared{k, c.cells})
		}
	}
	for i := range e.page.len() {
		buf := e.hash[:0]
		for _, c := range e.compared {
			if text := c.cells[i].text; text != nil {
				buf = appendCompared(buf, c.column, text)
			}
		}
		e.hash = e.appendHalf(buf, t, e.page.from+i)
		b.Hashes = append(b.Hashes, xxh3.Hash128Seed(e.hash, e.seed))
	}
}

// compared is a column of the page that rule DED-1 compares.
type compared struct {
	column int // among those that are compared
	cells  []cell
}

// Compared returns what rule DED-1 compares of a record, in a form that differs where records do. It lasts until the next call. The
// names of the columns, which the rule has before each value, are the same for all records of a plan and are in the seed of the hash.
func (e *Encoder) Compared(t *plan.Table, i int) []byte {
	buf := e.hash[:0]
	for k, slot := range e.order {
		if text := t.Values[slot][i].Text; text != nil {
			buf = appendCompared(buf, k, text)
		}
	}
	e.hash = e.appendHalf(buf, t, i)
	return e.hash
}

// appendCompared adds a text that is not null with its column and its length: what a null column adds is nothing.
func appendCompared(to []byte, column int, text []byte) []byte {
	return append(binary.LittleEndian.AppendUint64(to, uint64(column)<<32|uint64(len(text))), text...)
}

func (e *Encoder) appendHalf(to []byte, t *plan.Table, i int) []byte {
	if other := t.OtherHalf(i); other.Text != nil {
		return appendCompared(to, len(e.order), other.Text)
	}
	return to
}
