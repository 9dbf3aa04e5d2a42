package rule

import (
	"unsafe"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// slab hands out elements of large blocks, and hands the same blocks out again after a reset.
type slab[T any] struct {
	blocks [][]T
	block  int // block in use
	used   int // elements of it that are handed out
}

const firstBlock = 16 // elements; every block has twice as many as the one before, so that a thousand columns stay small

// take returns n consecutive elements of a block; blocks grow to most elements, or to n where that is more.
func (s *slab[T]) take(n, most int) []T {
	for s.block < len(s.blocks) {
		if b := s.blocks[s.block]; s.used+n <= len(b) {
			s.used += n
			return b[s.used-n : s.used : s.used]
		}
		s.block, s.used = s.block+1, 0
	}
	s.blocks = append(s.blocks, make([]T, max(n, min(most, firstBlock<<len(s.blocks)))))
	s.block, s.used = len(s.blocks)-1, n
	return s.blocks[s.block][:n:n]
}

func (s *slab[T]) reset() { s.block, s.used = 0, 0 }

// Arena owns values, findings and text until it is reset. Not safe for concurrent use.
type Arena struct {
	text     slab[byte]
	values   slab[record.Value]
	findings slab[record.Finding]
	derived  slab[*record.Value]
	size     int
	remember bool // values outlive their batch
}

// Reset takes back everything that was handed out.
func (a *Arena) Reset() {
	a.text.reset()
	a.values.reset()
	a.findings.reset()
	a.derived.reset()
	a.size = 0
}

// Size is about how many bytes are handed out.
func (a *Arena) Size() int { return a.size }

// Bytes returns an empty slice with room for n bytes.
func (a *Arena) Bytes(n int) []byte {
	a.size += n
	return a.text.take(n, 64<<10)[:0]
}

// Copy returns a copy of text; nil stays nil.
func (a *Arena) Copy(text []byte) []byte {
	if text == nil {
		return nil
	}
	return append(a.Bytes(len(text)), text...)
}

func (a *Arena) value() *record.Value {
	a.size += int(unsafe.Sizeof(record.Value{}))
	v := &a.values.take(1, 512)[0]
	*v = record.Value{Remembered: a.remember}
	return v
}

func (a *Arena) copyFindings(from []record.Finding) []record.Finding {
	if len(from) == 0 {
		return nil
	}
	a.size += 56 * len(from)
	to := a.findings.take(len(from), 256)
	copy(to, from)
	return to
}

func (a *Arena) copyDerived(from []*record.Value) []*record.Value {
	a.size += 8 * len(from)
	to := a.derived.take(len(from), 512)
	copy(to, from)
	return to
}
