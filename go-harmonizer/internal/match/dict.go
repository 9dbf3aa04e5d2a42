package match

import (
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

// dict numbers the distinct texts of a field and counts them. Number 0 is the empty text. Texts lie end to end in one arena; the
// table of an open-addressing hash holds numbers only, so a text costs its bytes and about 25 more.
type dict struct {
	arena  []byte
	ends   []uint32 // of each text in the arena
	counts []uint32
	slots  []uint32 // number+1 of the text that hashes here or before
	texts  string   // the arena, once frozen
	marks  []mark   // of each text, once frozen
}

// mark bounds how alike a text can be to another without reading it.
type mark struct {
	letters uint64 // which characters it has, folded to 64
	runes   uint16
}

func (d *dict) init() {
	d.ends, d.counts = []uint32{0}, []uint32{0}
	d.slots = make([]uint32, 64)
}

// add returns the number of a text and counts it.
func (d *dict) add(text []byte) uint32 {
	if len(text) == 0 {
		d.counts[0]++
		return 0
	}
	at := d.find(text)
	if n := d.slots[at]; n != 0 {
		d.counts[n-1]++
		return n - 1
	}
	n := uint32(len(d.ends))
	d.arena = append(d.arena, text...)
	d.ends, d.counts = append(d.ends, uint32(len(d.arena))), append(d.counts, 1)
	d.slots[at] = n + 1
	if len(d.ends)*4 > len(d.slots)*3 {
		d.grow()
	}
	return n
}

// find returns the slot that holds a text, or the free one where it belongs.
func (d *dict) find(text []byte) int {
	mask := len(d.slots) - 1
	at := int(xxh3.Hash(text)) & mask
	for n := d.slots[at]; n != 0 && string(d.bytes(n-1)) != string(text); n = d.slots[at] {
		at = (at + 1) & mask
	}
	return at
}

func (d *dict) bytes(n uint32) []byte {
	if n == 0 {
		return nil
	}
	return d.arena[d.ends[n-1]:d.ends[n]]
}

func (d *dict) grow() {
	d.slots = make([]uint32, 2*len(d.slots))
	for n := 1; n < len(d.ends); n++ {
		d.slots[d.find(d.bytes(uint32(n)))] = uint32(n) + 1
	}
}

// freeze makes the texts ready for comparison; nothing is added any more.
func (d *dict) freeze() {
	d.texts, d.arena, d.slots = string(d.arena), nil, nil
	d.marks = make([]mark, len(d.ends))
	for n := range d.marks {
		d.marks[n] = markOf(d.text(uint32(n)))
	}
}

// len is the number of texts, the empty one included.
func (d *dict) len() int { return len(d.ends) }

// text returns the text of a number, once frozen.
func (d *dict) text(n uint32) string {
	if n == 0 {
		return ""
	}
	return d.texts[d.ends[n-1]:d.ends[n]]
}

func markOf(text string) (m mark) {
	for _, r := range text {
		m.letters |= 1 << (uint32(r) & 63)
		m.runes++
	}
	return m
}

// cut returns at most n bytes of a text, and no part of a character.
func cut(text []byte, n int) []byte {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
