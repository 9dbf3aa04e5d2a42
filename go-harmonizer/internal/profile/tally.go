package profile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// level is how much of the texts a tally tells apart.
type level uint8

// The levels, each a function of the one before.
const (
	asIs    level = iota // the text
	exact                // its shape
	runs1                // runs of one character as a single one
	classed              // which kinds of characters it has
)

var coarser = [...]func(to, text []byte) []byte{exact: shape, runs1: runs, classed: classes}

// keysMost bounds the texts that a tally tells apart. With more it tells less about each, so that its size is bounded and the
// counts stay exact; which level it ends at depends on the texts alone.
const keysMost = 2000

// between stands between what a text was before and after; no text holds it, for it is no UTF-8.
const between = 0xff

// tally counts texts, or pairs of texts. The zero value counts shapes.
type tally struct {
	level  level
	counts map[string]*int64
	recent [recentKeys]recentKey // by slot of the key
	key    []byte
	swap   []byte
}

// recentKeys is how many keys a tally finds without its map: columns have few shapes.
const recentKeys = 16

type recentKey struct {
	text []byte
	n    *int64 // nil: none
}

// slot is where a key is kept: its length and its first eight bytes tell most keys apart, and few keys are shorter.
func slot(key []byte) uint64 {
	first := uint64(len(key))
	if len(key) >= 8 {
		first ^= binary.LittleEndian.Uint64(key)
	}
	return first * 0x9e3779b97f4a7c15 >> 60
}

func newTally(l level) tally { return tally{level: l, counts: map[string]*int64{}} }

// at brings a key to the level of the tally.
func (t *tally) at(key []byte, from level) []byte {
	for l := from + 1; l <= t.level; l++ {
		t.swap = raise(t.swap[:0], key, l)
		t.key, t.swap = t.swap, t.key
		key = t.key
	}
	return key
}

// raise appends a key of the level below.
func raise(to, key []byte, l level) []byte {
	if i := bytes.IndexByte(key, between); i >= 0 {
		to = append(coarser[l](to, key[:i]), between)
		key = key[i+1:]
	}
	return coarser[l](to, key)
}

// find returns the counter of a key of the tally's level, nil when it has none.
func (t *tally) find(key []byte) *int64 {
	r := &t.recent[slot(key)]
	if r.n != nil && bytes.Equal(key, r.text) {
		return r.n
	}
	n := t.counts[string(key)]
	if n != nil {
		r.text, r.n = append(r.text[:0], key...), n
	}
	return n
}

func (t *tally) full() bool { return len(t.counts) >= keysMost && t.level < classed }

func (t *tally) make(key []byte) *int64 {
	n := new(int64)
	t.counts[string(key)] = n
	return n
}

// coarsen makes the tally tell less. Counters that it gave out are no longer its own.
func (t *tally) coarsen() {
	old := t.counts
	t.level, t.counts, t.recent = t.level+1, map[string]*int64{}, [recentKeys]recentKey{}
	var key []byte
	for k, n := range old {
		key = raise(key[:0], []byte(k), t.level)
		t.add(key, *n)
	}
}

// add counts a key of the tally's level n times.
func (t *tally) add(key []byte, n int64) {
	counter := t.counts[string(key)]
	if counter == nil {
		counter = t.make(key)
	}
	*counter += n
}

// merge adds another tally.
func (t *tally) merge(o *tally) {
	for t.level < o.level {
		t.coarsen()
	}
	for k, n := range o.counts {
		t.add(t.at([]byte(k), o.level), *n)
	}
	for len(t.counts) > keysMost && t.level < classed {
		t.coarsen()
	}
}

// Count is how often a text stands.
type Count struct {
	Text  string
	Count int64
}

// top returns the n commonest texts; of equally common ones the lesser come first.
func (t *tally) top(n int) []Count {
	all := make([]Count, 0, len(t.counts))
	for k, c := range t.counts {
		all = append(all, Count{k, *c})
	}
	slices.SortFunc(all, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text)) })
	return all[:min(len(all), n)]
}
