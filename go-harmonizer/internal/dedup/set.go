// Package dedup finds equal records by their 128-bit hashes (rule DED-1) and groups records by their keys (rules DED-2, DED-3), in
// bounded memory.
package dedup

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/offheap"
)

// Storage is where a set puts what does not fit in memory.
type Storage interface {
	io.Writer
	// Slice returns n bytes at an offset, in buf or in memory of its own, which is not to be changed.
	Slice(off int64, n int, buf []byte) ([]byte, error)
}

// Set remembers the first record of each hash. Past its budget it moves what it has to sorted runs in storage and keeps only a
// filter and an index of them. Not safe for concurrent use.
type Set struct {
	shards  [shards]shard // by the first bits of the hash
	first   offheap.Region
	used    int
	limit   int // entries in memory
	storage func() (Storage, error)
	runs    []*run
	touched int64 // keeps Near from being left out
}

type entry struct {
	hash  xxh3.Uint128
	order int64 // number of the record + 1; 0: free
}

const entryBytes = 24

// NewSet makes a set that holds at most budget bytes of entries in memory. storage makes a place for one run. Close frees it.
func NewSet(budget int64, storage func() (Storage, error)) *Set {
	s := &Set{limit: max(leastEntries, int(budget/entryBytes*5/8)), storage: storage} // So full is a table that has just grown.
	s.Reserve(0)
	return s
}

const leastEntries = 512

// Reserve makes room for n records at once, as far as the budget goes. It is called before the first record, where their number is
// known: a table that grows needs its old place besides the new one.
func (s *Set) Reserve(n int64) {
	s.Close()
	size := max(leastSlots, int(min(n, int64(s.limit)))/shards*12/11) // Where all records differ, a lookup passes six entries on average.
	s.first = offheap.New(shards * size * entryBytes)
	all := entriesOf(&s.first)
	for i := range s.shards {
		s.shards[i] = shard{slots: all[i*size : (i+1)*size : (i+1)*size]}
	}
}

// Close frees the memory of the set.
func (s *Set) Close() {
	for i := range s.shards {
		s.shards[i].free()
	}
	s.first.Free()
}

// Near brings what is known of some hashes near, all at once: one that is looked up alone waits for memory.
func (s *Set) Near(hashes []xxh3.Uint128) {
	for _, h := range hashes {
		sh := &s.shards[h.Hi>>shardShift]
		s.touched += sh.slots[sh.place(h)].order
	}
}

// Add remembers a record by its hash, or returns the number of the record that has the hash already.
func (s *Set) Add(hash xxh3.Uint128, order int64) (first int64, known bool, err error) {
	sh := &s.shards[hash.Hi>>shardShift]
	i, found := sh.find(hash)
	if found {
		return sh.slots[i].order - 1, true, nil
	}
	for _, r := range s.runs {
		if first, known, err = r.find(hash); known || err != nil {
			return first, known, err
		}
	}
	if s.used >= s.limit {
		if err := s.spill(); err != nil {
			return 0, false, fmt.Errorf("spill the duplicate set: %w", err)
		}
		i, _ = sh.find(hash)
	}
	sh.put(i, entry{hash, order + 1})
	s.used++
	return 0, false, nil
}

// spill moves all entries to a run and empties the table.
func (s *Set) spill() error {
	storage, err := s.storage()
	if err != nil {
		return err
	}
	w := newRunWriter(storage, s.used)
	for i := range s.shards {
		for _, e := range s.shards[i].sorted() {
			if err := w.add(e); err != nil {
				return err
			}
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	for i := range s.shards {
		s.shards[i].clear()
	}
	s.runs, s.used = append(s.runs, w.run), 0
	return nil
}

func putEntry(b []byte, e entry) []byte {
	b = binary.BigEndian.AppendUint64(b, e.hash.Hi)
	b = binary.BigEndian.AppendUint64(b, e.hash.Lo)
	return binary.BigEndian.AppendUint64(b, uint64(e.order))
}

func getEntry(b []byte) entry {
	return entry{
		hash:  xxh3.Uint128{Hi: binary.BigEndian.Uint64(b), Lo: binary.BigEndian.Uint64(b[8:])},
		order: int64(binary.BigEndian.Uint64(b[16:])),
	}
}

func compare(a, b xxh3.Uint128) int {
	if a.Hi != b.Hi {
		return cmp.Compare(a.Hi, b.Hi)
	}
	return cmp.Compare(a.Lo, b.Lo)
}
