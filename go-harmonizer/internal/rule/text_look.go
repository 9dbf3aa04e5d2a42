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
	if len(text) >= 8 {
		return lookWords(text)
	}
	seen, double, before := uint8(0), false, byte(' ')
	for _, b := range text {
		seen |= kinds[b]
		double = double || b == ' ' && before == ' '
		before = b
	}
	switch {
	case seen&kindOther != 0:
		return mixed
	case double || before == ' ':
		return spaced
	}
	return plain
}

// lookWords is look, eight bytes at a time; the last eight overlap those before them.
func lookWords(text []byte) glance {
	n := len(text)
	odd, double, before := uint64(0), uint64(0), uint64(1) // before: the byte before the word is a space, or there is none
	for i := 0; ; i += 8 {
		last := i+8 >= n
		if last {
			i = n - 8
		}
		word := binary.LittleEndian.Uint64(text[i:])
		odd |= oddBytes(word)
		spaces := ^((word ^ eachByte*' ') + eachByte*0x7f) & highBits
		double |= spaces & (spaces<<8 | before<<7)
		before = spaces >> 63
		if last {
			break
		}
		if i+16 > n {
			before = 0 // The byte before the last eight is looked at already, and is none before them.
		}
	}
	switch {
	case odd != 0:
		return mixed
	case double != 0 || before != 0:
		return spaced
	}
	return plain
}

const (
	eachByte = 0x0101010101010101
	highBits = eachByte * 0x80
)

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

// oddBytes is 0 when all eight bytes are from ' ' to '~'. Each byte's high bit says that it may not be: a byte below ' ' borrows
// when ' ' is taken from it, one above '~' carries when 1 is added, or has the bit itself. A borrow or carry between bytes only
// comes from a byte that is odd.
func oddBytes(x uint64) uint64 {
	return (x | (x - eachByte*' ') | (x + eachByte)) & highBits
}
