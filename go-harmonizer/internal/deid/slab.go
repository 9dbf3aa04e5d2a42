package deid

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// blockSize is how many elements a block holds.
const blockSize = 512

// blocks hands out elements of blocks, and hands the same out again after a reset, so that a table costs no allocations.
type blocks[T any] struct {
	all  [][]T
	used int // blocks that are in use
}

// take returns an empty slice with room for n elements.
func (b *blocks[T]) take(n int) []T {
	if b.used > 0 {
		last := &b.all[b.used-1]
		if at := len(*last); at+n <= cap(*last) {
			*last = (*last)[:at+n]
			return (*last)[at : at : at+n]
		}
	}
	if b.used == len(b.all) || cap(b.all[b.used]) < n {
		b.all = append(b.all[:b.used], make([]T, 0, max(n, blockSize)))
	}
	b.all[b.used] = b.all[b.used][:n]
	b.used++
	return b.all[b.used-1][0:0:n]
}

func (b *blocks[T]) reset() {
	for i := range b.all {
		b.all[i] = b.all[i][:0]
	}
	b.used = 0
}

// slab is where the new values of one table live.
type slab struct {
	values blocks[record.Value]
	found  blocks[record.Finding]
	text   blocks[byte]
}

func (s *slab) value() *record.Value { return &s.values.take(1)[:1][0] }

func (s *slab) findings(n int) []record.Finding { return s.found.take(n) }

// bytes returns an empty slice with room for n bytes.
func (s *slab) bytes(n int) []byte { return s.text.take(n) }

func (s *slab) reset() {
	s.values.reset()
	s.found.reset()
	s.text.reset()
}
