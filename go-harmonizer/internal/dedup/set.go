// Package dedup finds equal records by their 128-bit hashes (rule DED-1) and groups records by their keys (rules DED-2, DED-3), in
// bounded memory.
package dedup

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/zeebo/xxh3"
)

// Storage is where a set puts what does not fit in memory.
type Storage interface {
	io.Writer
	// Slice returns n bytes at an offset, in buf or in memory of its own.
	Slice(off int64, n int, buf []byte) ([]byte, error)
}

// Set remembers the first record of each hash. Past its budget it moves what it has to sorted runs in storage and keeps only a
// filter and an index of them. Not safe for concurrent use.
type Set struct {
	slots   []entry
	used    int
	limit   int // entries in memory
	storage func() (Storage, error)
	runs    []*run
}

type entry struct {
	hash  xxh3.Uint128
	order int64 // number of the record + 1; 0: free
}

const entryBytes = 24

// NewSet makes a set that holds at most budget bytes of entries in memory. storage makes a place for one run.
func NewSet(budget int64, storage func() (Storage, error)) *Set {
	limit := 1 << 10
	for int64(limit)*2*entryBytes <= budget {
		limit *= 2
	}
	return &Set{slots: make([]entry, 1<<10), limit: limit * 3 / 4, storage: storage}
}

// Add remembers a record by its hash, or returns the number of the record that has the hash already.
func (s *Set) Add(hash xxh3.Uint128, order int64) (first int64, known bool, err error) {
	i, found := s.locate(hash)
	if found {
		return s.slots[i].order - 1, true, nil
	}
	for _, r := range s.runs {
		if first, known, err = r.find(hash); known || err != nil {
			return first, known, err
		}
	}
	if s.used*4 >= len(s.slots)*3 {
		if err := s.makeRoom(); err != nil {
			return 0, false, err
		}
		i, _ = s.locate(hash)
	}
	s.slots[i] = entry{hash, order + 1}
	s.used++
	return 0, false, nil
}

func (s *Set) locate(hash xxh3.Uint128) (int, bool) {
	mask := uint64(len(s.slots) - 1)
	for i := hash.Lo & mask; ; i = (i + 1) & mask {
		e := &s.slots[i]
		if e.order == 0 {
			return int(i), false
		}
		if e.hash == hash {
			return int(i), true
		}
	}
}

func (s *Set) makeRoom() error {
	if s.used >= s.limit {
		return s.spill()
	}
	old := s.slots
	s.slots = make([]entry, 2*len(old))
	for _, e := range old {
		if e.order != 0 {
			i, _ := s.locate(e.hash)
			s.slots[i] = e
		}
	}
	return nil
}

// spill moves all entries to a run and empties the table.
func (s *Set) spill() error {
	all := make([]entry, 0, s.used)
	for _, e := range s.slots {
		if e.order != 0 {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return compare(a.hash, b.hash) })
	storage, err := s.storage()
	if err != nil {
		return fmt.Errorf("spill the duplicate set: %w", err)
	}
	r, err := writeRun(all, storage)
	if err != nil {
		return fmt.Errorf("spill the duplicate set: %w", err)
	}
	s.runs, s.used = append(s.runs, r), 0
	clear(s.slots)
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
