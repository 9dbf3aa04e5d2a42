package rule

import (
	"bytes"
	"hash/maphash"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

const (
	memoEntries = 1 << 16 // most values that one memo remembers
	memoBytes   = 8 << 20 // most bytes that they take
	memoTrial   = 1 << 13 // lookups before the hit rate is judged
)

// memo remembers what the cells of one column became. Clinical columns repeat themselves; a column that does not is found out and
// left alone. One worker uses it at a time.
type memo struct {
	slots   []memoSlot
	arena   Arena
	seed    maphash.Seed
	used    int
	lookups int
	hits    int
	off     bool // the column does not repeat itself
}

type memoSlot struct {
	hash  uint64
	key   []byte
	value *record.Value
}

const memoStart = 1 << 4 // slots of an empty memo

func newMemo() *memo {
	return &memo{slots: make([]memoSlot, memoStart), arena: Arena{remember: true}, seed: maphash.MakeSeed()}
}

// find returns the value for key, or the hash under which add may put it.
func (m *memo) find(key []byte) (*record.Value, uint64) {
	m.lookups++
	h := maphash.Bytes(m.seed, key) | 1
	mask := uint64(len(m.slots) - 1)
	for i := h >> 8 & mask; ; i = (i + 1) & mask {
		s := &m.slots[i]
		if s.hash == 0 {
			return nil, h
		}
		if s.hash == h && bytes.Equal(s.key, key) {
			m.hits++
			return s.value, h
		}
	}
}

// full tells that no more can be remembered before the next tidy.
func (m *memo) full() bool { return m.used >= memoEntries || m.arena.Size() >= memoBytes }

// add remembers a value that lives in the memo's arena.
func (m *memo) add(hash uint64, key []byte, v *record.Value) {
	if m.used*2 >= len(m.slots) {
		m.grow()
	}
	m.put(memoSlot{hash, m.arena.Copy(key), v})
	m.used++
}

func (m *memo) put(s memoSlot) {
	mask := uint64(len(m.slots) - 1)
	i := s.hash >> 8 & mask
	for m.slots[i].hash != 0 {
		i = (i + 1) & mask
	}
	m.slots[i] = s
}

func (m *memo) grow() {
	old := m.slots
	m.slots = make([]memoSlot, 2*len(old))
	for _, s := range old {
		if s.hash != 0 {
			m.put(s)
		}
	}
}

// tidy is called between batches, when no value of the memo is in use: a memo that is full forgets, and one that hardly ever
// hits is switched off. It tells whether values were forgotten.
func (m *memo) tidy() (forgot bool) {
	if m.lookups >= memoTrial {
		m.off = m.hits*4 < m.lookups
		m.lookups, m.hits = 0, 0
	}
	forgot = m.used > 0 && (m.full() || m.off)
	if forgot {
		m.slots, m.used = make([]memoSlot, memoStart), 0
		m.arena = Arena{remember: true}
	}
	return forgot
}
