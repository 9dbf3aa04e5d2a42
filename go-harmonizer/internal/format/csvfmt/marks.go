package csvfmt

import (
	"encoding/binary"
	"math/bits"
)

// marks are the offsets of the bytes that may end a field, some thousands at a time, in order. Finding them in blocks of 64 bytes
// without a branch a byte is what makes cutting fast; whether they are inside of quotes is for the reader to know.
type marks struct {
	syntax
	data    []byte
	scanned int // bytes of data that at holds the marks of, or earlier ones held
	k, n    int // at[k:n] are still to come
	at      [4096 + 64]uint32
}

// peek returns the first mark that was not taken; len(data) when there is none.
func (m *marks) peek() int {
	if m.k == m.n {
		m.refill()
	}
	return int(m.at[m.k])
}

// skipTo drops the marks before an offset.
func (m *marks) skipTo(offset int) {
	for m.peek() < offset {
		m.k++
	}
}

// refill finds the next marks. It ends them with len(data), which is never used up: it is found again.
func (m *marks) refill() {
	n := 0
	for n < len(m.at)-64 && m.scanned+64 <= len(m.data) {
		block := (*[64]byte)(m.data[m.scanned:])
		for found := m.find(block); found != 0; found &= found - 1 {
			m.at[n] = uint32(m.scanned + bits.TrailingZeros64(found))
			n++
		}
		m.scanned += 64
	}
	if m.scanned+64 > len(m.data) && n < len(m.at)-64 {
		for ; m.scanned < len(m.data); m.scanned++ {
			if c := m.data[m.scanned]; c == m.sep || c == '\n' || c == '\r' && m.cr {
				m.at[n] = uint32(m.scanned)
				n++
			}
		}
		m.at[n] = uint32(len(m.data))
		n++
	}
	m.k, m.n = 0, n
}

const ones = 0x0101010101010101

// find sets a bit for every mark of a block.
func (m *marks) find(block *[64]byte) (found uint64) {
	sep := uint64(m.sep) * ones
	for i := 0; i < 64; i += 8 {
		w := binary.LittleEndian.Uint64(block[i : i+8])
		found |= gather(zeros(w^sep)|zeros(w^('\n'*ones))) << i
	}
	if m.cr {
		for i := 0; i < 64; i += 8 {
			found |= gather(zeros(binary.LittleEndian.Uint64(block[i:i+8])^('\r'*ones))) << i
		}
	}
	return found
}

// gather collects the high bits of the eight bytes in the lowest byte.
func gather(highs uint64) uint64 { return highs >> 7 * 0x0102040810204080 >> 56 }

// zeros sets the high bit of every byte that is zero, and no other bit.
func zeros(x uint64) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	return ^(x&low + low | x | low)
}
