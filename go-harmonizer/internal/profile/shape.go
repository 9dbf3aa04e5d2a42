package profile

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"
)

// shapeMost is the number of characters that a shape shows of a text.
const shapeMost = 40

// more stands at the end of the shape of a longer text.
const more = '…'

// ascii are the shapes of the characters that most texts are made of.
var ascii = func() (all [utf8.RuneSelf]byte) {
	for i := range all {
		all[i] = byte(i)
		switch {
		case '0' <= i && i <= '9':
			all[i] = '9'
		case 'a' <= i && i <= 'z', 'A' <= i && i <= 'Z':
			all[i] = 'A'
		}
	}
	return all
}()

// shape appends a text with letters as A and digits as 9.
func shape(to, text []byte) []byte {
	n, start := min(len(text), shapeMost), len(to)
	to = slices.Grow(to, n)[:start+n]
	if done := shapeASCII(to[start:], text[:n]); done < n {
		return shapeRunes(to[:start+done], text[done:], shapeMost-done)
	}
	if n < len(text) {
		return utf8.AppendRune(to, more)
	}
	return to
}

// shapeASCII writes the shape of a text to as many bytes, as far as it is ASCII, and returns how far that is for sure.
func shapeASCII(to, text []byte) int {
	n, i := len(text), 0
	for ; i+8 <= n; i += 8 {
		eight := binary.LittleEndian.Uint64(text[i:])
		if eight&highBits != 0 {
			return i
		}
		binary.LittleEndian.PutUint64(to[i:], shapeEight(eight))
	}
	if n >= 8 && i < n { // The last eight overlap those before them.
		eight := binary.LittleEndian.Uint64(text[n-8:])
		if eight&highBits != 0 {
			return i
		}
		binary.LittleEndian.PutUint64(to[n-8:], shapeEight(eight))
		return n
	}
	for ; i < n; i++ {
		if text[i] >= utf8.RuneSelf {
			return i
		}
		to[i] = ascii[text[i]]
	}
	return n
}

const (
	eachByte = 0x0101010101010101
	highBits = eachByte * 0x80
)

// shapeEight is the shape of eight ASCII characters. Numbers are added to their codes so that the high bit of a byte, which no sum
// carries beyond, says whether they are at least so much.
func shapeEight(eight uint64) uint64 {
	const lower = eachByte * 0x20
	digit, letter := eight^eachByte*'0', (eight|lower)^eachByte*('a'-1)
	digits := ^(digit + eachByte*(0x80-10)) & highBits
	letters := (letter + eachByte*(0x80-1)) & ^(letter + eachByte*(0x80-27)) & highBits
	nines, as := digits>>7*0xff, letters>>7*0xff
	return eight&^(nines|as) | nines&(eachByte*'9') | as&(eachByte*'A')
}

func shapeRunes(to, text []byte, most int) []byte {
	for _, r := range string(text) {
		if most--; most < 0 {
			return utf8.AppendRune(to, more)
		}
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r):
			r = 'A'
		case unicode.IsDigit(r):
			r = '9'
		}
		to = utf8.AppendRune(to, r)
	}
	return to
}

// runs makes every run of one character in a shape a single one.
func runs(to, text []byte) []byte {
	last := rune(-1)
	for _, r := range string(text) {
		if r != last {
			to = utf8.AppendRune(to, r)
		}
		last = r
	}
	return to
}

// kinds are what classes tells apart, in the order in which it names them: letters, digits, spaces, and all else.
const kinds = "A9 *"

// classes says only which kinds of characters there are.
func classes(to, text []byte) []byte {
	var has [len(kinds)]bool
	for _, r := range string(text) {
		switch r {
		case 'A':
			has[0] = true
		case '9':
			has[1] = true
		case ' ':
			has[2] = true
		case more:
		default:
			has[3] = true
		}
	}
	for i, is := range has {
		if is {
			to = append(to, kinds[i])
		}
	}
	return to
}
