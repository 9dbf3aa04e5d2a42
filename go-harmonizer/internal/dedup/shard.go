package dedup

import (
	"math/bits"
	"slices"
	"unsafe"

	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/offheap"
)

const (
	shards     = 64
	shardShift = 64 - 6
	leastSlots = 8
)

// shard is a table of the entries whose hashes begin alike, each at its home or in the next free place, the first after the last.
// Homes ascend with hashes, so that a table of any size serves and the entries of one move to a larger one from front to back.
type shard struct {
	slots  []entry
	used   int
	region offheap.Region // of its own; the first tables of a set share one
}

// entriesOf is a region as entries.
func entriesOf(r *offheap.Region) []entry {
	return unsafe.Slice((*entry)(unsafe.Pointer(unsafe.SliceData(r.Bytes()))), len(r.Bytes())/entryBytes)
}

func (s *shard) free() {
	s.region.Free()
	*s = shard{}
}

func (s *shard) clear() {
	clear(s.slots)
	s.used = 0
}

// sorted returns the entries by ascending hash.
func (s *shard) sorted() []entry {
	all := make([]entry, 0, s.used)
	for i := range s.slots {
		if s.slots[i].order != 0 {
			all = append(all, s.slots[i])
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return compare(a.hash, b.hash) })
	return all
}

// place is the home of a hash.
func (s *shard) place(h xxh3.Uint128) int {
	at, _ := bits.Mul64(h.Hi<<(64-shardShift)|h.Lo>>shardShift, uint64(len(s.slots)))
	return int(at)
}

// find returns where a hash is, or the free place where it has to be put; there is one.
func (s *shard) find(h xxh3.Uint128) (at int, found bool) {
	for i := s.place(h); ; i++ {
		if i == len(s.slots) {
			i = 0
		}
		e := &s.slots[i]
		if e.order == 0 {
			return i, false
		}
		if e.hash == h {
			return i, true
		}
	}
}

// put adds an entry at the place where find says.
func (s *shard) put(at int, e entry) {
	if s.used >= len(s.slots)*15/16 {
		s.grow()
		at, _ = s.find(e.hash)
	}
	s.slots[at] = e
	s.used++
}

// grow moves the entries to a table that is larger by half.
func (s *shard) grow() {
	region := offheap.New(len(s.slots) * 3 / 2 * entryBytes)
	bigger := shard{slots: entriesOf(&region), used: s.used, region: region}
	for i := range s.slots {
		if e := &s.slots[i]; e.order != 0 {
			at, _ := bigger.find(e.hash)
			bigger.slots[at] = *e
		}
	}
	s.free()
	*s = bigger
}
