package rule

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

const (
	memoEntries = 1 << 16         // most values that one memo remembers
	memoBytes   = 8 << 20         // most bytes that they take
	memoTrial   = 1 << 11         // lookups before the hit rate is judged
	memoTaste   = 1 << 10         // values that are remembered of a column that does not seem to repeat itself
	memoBeyond  = 2 * memoEntries // values of a column that is not worth remembering
	memoStart   = 1 << 4          // slots of an empty memo
)

// memo remembers what the cells of one column became. Clinical columns repeat themselves; a column that does not is found out and
// left alone. One worker uses it at a time.
type memo struct {
	slots   []memoSlot
	long    [][]byte // keys that do not fit their slot
	arena   Arena
	seed    maphash.Seed
	salt    [2]uint64
	used    int
	before  int // used when lookups was 0
	lookups int
	hits    int
	off     bool // the column does not repeat itself
	room    *Room
	taken   int // bytes of the room

	block   [RecallMost]memoKey
	homes   [RecallMost]uint64
	touched uint64
}

// Room is the memory that the columns of one worker share for what they remember, so that thousands of columns take no more of it
// than a few. The nil Room has no bound.
type Room struct{ left int }

const (
	roomBytes     = 32 << 20
	memoSlotBytes = 32
)

// NewRoom makes the room of one worker.
func NewRoom() *Room { return &Room{roomBytes} }

// memoKey is a text under a number that stands for all else the value depends on. A text of up to 16 bytes is the two words; they are
// the hash of a longer one, and its place in the memo.
type memoKey struct {
	first, second uint64
	kind          uint64 // the number, and the length of a short text plus 1 or longKey; 0: no key
}

type memoSlot struct {
	memoKey
	value *record.Value
}

const (
	shortMost = 16
	longKey   = 0xff
)

func newMemo(room *Room) *memo {
	m := &memo{slots: make([]memoSlot, memoStart), arena: Arena{remember: true}, seed: maphash.MakeSeed(), room: room}
	for i := range m.salt {
		m.salt[i] = maphash.Bytes(m.seed, []byte{byte(i)})
	}
	return m
}

// key makes the key of a text; the place of a long one is not in it yet.
func (m *memo) key(text []byte, context uint32) memoKey {
	n := len(text)
	k := memoKey{kind: uint64(context)<<8 | uint64(n+1)}
	switch {
	case n > shortMost:
		k.first, k.kind = maphash.Bytes(m.seed, text), uint64(context)<<8|longKey
	case n >= 8:
		k.first, k.second = binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[n-8:])
	case n >= 4:
		k.first, k.second = uint64(binary.LittleEndian.Uint32(text)), uint64(binary.LittleEndian.Uint32(text[n-4:]))
	case n > 0:
		k.first = uint64(text[0]) | uint64(text[n/2])<<8 | uint64(text[n-1])<<16
	}
	return k
}

func (k *memoKey) isLong() bool { return k.kind&0xff == longKey }

// home is the slot at which the search for a key begins.
func (m *memo) home(k *memoKey) uint64 {
	second := k.second
	if k.isLong() {
		second = 0
	}
	high, low := bits.Mul64(k.first^m.salt[0], second^m.salt[1]^k.kind*0x9e3779b97f4a7c15)
	return high ^ low
}

// find returns the value for a text, or the key under which add may put it.
func (m *memo) find(text []byte, context uint32) (*record.Value, memoKey) {
	m.lookups++
	k := m.key(text, context)
	v := m.at(&k, text, m.home(&k))
	if v != nil {
		m.hits++
	}
	return v, k
}

// at returns the value for a key, nil when it has none; home is its own.
func (m *memo) at(k *memoKey, text []byte, home uint64) *record.Value {
	mask := uint64(len(m.slots) - 1)
	for i := home & mask; ; i = (i + 1) & mask {
		s := &m.slots[i]
		if s.kind == 0 {
			return nil
		}
		if s.first != k.first || s.kind != k.kind {
			continue
		}
		if s.second == k.second || k.isLong() && bytes.Equal(m.long[s.second], text) {
			return s.value
		}
	}
}

// findAll finds the values of several texts, nil for those that have none. These do not count as lookups, for they are looked up again.
func (m *memo) findAll(texts [][]byte, contexts []uint32, to []*record.Value) {
	mask := uint64(len(m.slots) - 1)
	for i, text := range texts {
		m.block[i] = m.key(text, contexts[i])
		m.homes[i] = m.home(&m.block[i])
	}
	touched := uint64(0)
	for _, home := range m.homes[:len(texts)] {
		touched |= m.slots[home&mask].kind
	}
	m.touched = touched // Or the slots would not be fetched.
	for i, text := range texts {
		to[i] = m.at(&m.block[i], text, m.homes[i])
		if to[i] != nil {
			m.lookups, m.hits = m.lookups+1, m.hits+1
		}
	}
}

// full tells that no more can be remembered before the next tidy, or that it is no use.
func (m *memo) full() bool {
	return m.used >= memoEntries || m.arena.Size() >= memoBytes || m.room != nil && m.room.left <= 0 ||
		m.before == 0 && m.used >= memoTaste && m.estimate() > memoBeyond
}

// take takes the memory of the memo from the room.
func (m *memo) take() {
	if m.room != nil {
		size := m.arena.Size() + len(m.slots)*memoSlotBytes
		m.room.left -= size - m.taken
		m.taken = size
	}
}

// add remembers a value. It and the text live in the memo's arena.
func (m *memo) add(k memoKey, text []byte, v *record.Value) {
	if m.used*2 >= len(m.slots) {
		m.grow()
	}
	if k.isLong() {
		k.second = uint64(len(m.long))
		m.long = append(m.long, text)
	}
	m.put(memoSlot{k, v})
	m.used++
	m.take()
}

func (m *memo) put(s memoSlot) {
	mask := uint64(len(m.slots) - 1)
	i := m.home(&s.memoKey) & mask
	for m.slots[i].kind != 0 {
		i = (i + 1) & mask
	}
	m.slots[i] = s
}

func (m *memo) grow() {
	old := m.slots
	m.slots = make([]memoSlot, 2*len(old))
	for _, s := range old {
		if s.kind != 0 {
			m.put(s)
		}
	}
}

// tidy is called between batches, when no value of the memo is in use: a memo that is full and misses forgets, and one of a column
// with more values than it can hold is switched off. It tells whether values were forgotten.
func (m *memo) tidy() (forgot bool) {
	if m.lookups >= memoTrial {
		m.off = m.hits*4 < m.lookups && m.estimate() > memoBeyond
		forgot = m.used > 0 && (m.off || m.full() && m.hits*2 < m.lookups)
		m.lookups, m.hits, m.before = 0, 0, m.used
	}
	if forgot {
		m.slots, m.long, m.used, m.before = make([]memoSlot, memoStart), nil, 0, 0
		m.arena = Arena{remember: true}
		m.take()
	}
	return forgot
}

// estimate is about how many values the column has: as many times what was remembered on average as there were lookups for a hit.
func (m *memo) estimate() int { return (m.before + m.used) / 2 * m.lookups / max(1, m.hits) }
