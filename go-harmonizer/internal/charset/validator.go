package charset

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// validator tells whether a stream is UTF-8, in whatever pieces it comes.
type validator struct {
	high    int64  // bytes over 0x7F
	invalid bool   // it is not UTF-8, whatever follows
	rest    []byte // the beginning of a character that the last piece ended in; it has room for one character
	room    [utf8.UTFMax]byte
}

func (v *validator) write(p []byte) {
	high := countHigh(p)
	v.high += high
	if v.invalid || high == 0 && len(v.rest) == 0 {
		return
	}
	p = v.finish(p)
	cut := tail(p)
	if v.invalid = v.invalid || !valid(p[:cut]); !v.invalid && cut < len(p) {
		v.rest = append(v.room[:0], p[cut:]...)
	}
}

// finish completes the character in rest, and returns what of p follows it.
func (v *validator) finish(p []byte) []byte {
	for len(v.rest) > 0 && len(p) > 0 {
		v.rest, p = append(v.rest, p[0]), p[1:]
		if utf8.FullRune(v.rest) {
			v.invalid = !utf8.Valid(v.rest)
			v.rest = nil
		}
	}
	return p
}

// tail returns where the character starts that p ends in the middle of; len(p) when it does not.
func tail(p []byte) int {
	for i := len(p) - 1; i >= 0 && i > len(p)-utf8.UTFMax; i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				return i
			}
			break
		}
	}
	return len(p)
}

// valid tells that all that came is UTF-8, if nothing follows.
func (v *validator) valid() bool { return !v.invalid && len(v.rest) == 0 }

// valid tells that p is UTF-8. It takes ASCII eight bytes at a time between other characters too, which utf8.Valid does not.
func valid(p []byte) bool {
	for len(p) >= 8 {
		high := binary.LittleEndian.Uint64(p) & highs
		if high == 0 {
			p = p[8:]
			continue
		}
		p = p[bits.TrailingZeros64(high)/8:]
		r, size := utf8.DecodeRune(p)
		if r == utf8.RuneError && size == 1 {
			return false
		}
		p = p[size:]
	}
	return utf8.Valid(p)
}

const highs = 0x8080808080808080

// countHigh counts the bytes over 0x7F.
func countHigh(p []byte) (n int64) {
	for ; len(p) >= 32; p = p[32:] {
		a, b := binary.LittleEndian.Uint64(p)&highs, binary.LittleEndian.Uint64(p[8:])&highs
		c, d := binary.LittleEndian.Uint64(p[16:])&highs, binary.LittleEndian.Uint64(p[24:])&highs
		if a|b|c|d != 0 {
			n += int64(bits.OnesCount64(a | b>>1 | c>>2 | d>>3))
		}
	}
	for _, c := range p {
		n += int64(c >> 7)
	}
	return n
}
