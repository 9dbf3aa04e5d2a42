package rule

import "encoding/binary"

// What a first look at a text can tell.
type glance uint8

const (
	plain  glance = iota // printable ASCII with single spaces inside
	spaced               // printable ASCII
	mixed                // anything else
)

// look takes the first look.
func look(text []byte) glance {
	if isOneWord(text) {
		return plain
	}
	seen := uint8(0)
	for _, b := range text {
		seen |= kinds[b]
	}
	if seen&kindOther != 0 {
		return mixed
	}
	before := byte(' ')
	for _, b := range text {
		if b == ' ' && before == ' ' {
			return spaced
		}
		before = b
	}
	if before == ' ' {
		return spaced
	}
	return plain
}

const kindSpace, kindOther = 1, 2

// kinds tells spaces and what is not printable ASCII from the rest, which is 0.
var kinds = func() (t [256]uint8) {
	for i := range t {
		if i < ' ' || i > '~' {
			t[i] = kindOther
		}
	}
	t[' '] = kindSpace
	return t
}()

// isOneWord tells, eight bytes at a time, whether text of at least eight bytes is printable ASCII without spaces.
func isOneWord(text []byte) bool {
	n := len(text)
	if n < 8 {
		return false
	}
	odd := uint64(0)
	for i := 0; i < n-8; i += 8 {
		odd |= oddBytes(binary.LittleEndian.Uint64(text[i:]))
	}
	return odd|oddBytes(binary.LittleEndian.Uint64(text[n-8:])) == 0
}

// oddBytes is 0 when all eight bytes are from '!' to '~'. Each byte's high bit says that it may not be: a byte below '!' borrows
// when '!' is taken from it, one above '~' carries when 1 is added, or has the bit itself. A borrow or carry between bytes only
// comes from a byte that is odd.
func oddBytes(x uint64) uint64 {
	const each, high = 0x0101010101010101, 0x8080808080808080
	return (x | (x - each*'!') | (x + each)) & high
}
