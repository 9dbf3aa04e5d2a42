package server

import (
	"math/bits"
	"sync"
)

// buffers keeps buffers for messages and frames, which write over all they ask for. gRPC's own pool wipes the whole of each buffer
// that it hands out, 1 MiB for a message of 40 KiB: that costs more than to fill it.
type buffers struct {
	tiers [maxTier - minTier + 1]sync.Pool
}

// Tiers are powers of two, with room for what a message says beside its bytes.
const (
	minTier, maxTier = 12, 23
	beside           = 256
)

// Get implements mem.BufferPool.
func (b *buffers) Get(n int) *[]byte {
	tier := max(bits.Len(uint(max(n-beside, 1)-1)), minTier)
	if tier > maxTier {
		buf := make([]byte, n)
		return &buf
	}
	if buf, ok := b.tiers[tier-minTier].Get().(*[]byte); ok {
		*buf = (*buf)[:n]
		return buf
	}
	buf := make([]byte, n, 1<<tier+beside)
	return &buf
}

// Put implements mem.BufferPool.
func (b *buffers) Put(buf *[]byte) {
	tier := bits.Len(uint(cap(*buf))) - 1
	if tier >= minTier && tier <= maxTier && cap(*buf) == 1<<tier+beside {
		b.tiers[tier-minTier].Put(buf)
	}
}
