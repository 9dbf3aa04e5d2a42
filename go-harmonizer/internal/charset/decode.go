package charset

import (
	"unicode/utf8"
)

// Decode returns a segment of what a Reader passed on as UTF-8. Where nothing changes, that is the segment itself; otherwise the
// text is appended to dst. UTF-16 was decoded by the Reader.
//
// In windows-1252 every byte is a character. Of bytes that are not UTF-8 every maximal part of a character becomes one U+FFFD, as
// the WHATWG Encoding Standard has it. A line end is never part of either, so a file may be decoded record by record.
func Decode(dst, segment []byte, label Label) []byte {
	switch {
	case label == Windows1252:
		return decode1252(dst, segment)
	case label != UTF8 || utf8.Valid(segment):
		return segment
	}
	for len(segment) > 0 {
		n := broken(segment)
		if n == 0 {
			_, size := utf8.DecodeRune(segment)
			dst, segment = append(dst, segment[:size]...), segment[size:]
			continue
		}
		dst, segment = append(dst, "\uFFFD"...), segment[n:]
	}
	return dst
}

// broken returns the length of the part of a character that p starts with and that nothing completes; 0 when p starts with a
// character.
func broken(p []byte) int {
	if r, size := utf8.DecodeRune(p); r != utf8.RuneError || size > 1 {
		return 0
	}
	for n := min(len(p), utf8.UTFMax-1); n > 1; n-- {
		if !utf8.FullRune(p[:n]) { // so that some continuation would make it a character
			return n
		}
	}
	return 1
}

// c1 are the characters of the bytes 80 to 9F in windows-1252; those that Microsoft left out map to C1 controls.
// Source: WHATWG Encoding Standard, index windows-1252.
var c1 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8D, 'Ž', 0x8F,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9D, 'ž', 'Ÿ',
}

func decode1252(dst, segment []byte) []byte {
	if countHigh(segment) == 0 {
		return segment
	}
	from := 0
	for i, c := range segment {
		if c < utf8.RuneSelf {
			continue
		}
		dst = append(dst, segment[from:i]...)
		from = i + 1
		r := rune(c)
		if c < 0xA0 {
			r = c1[c-0x80]
		}
		dst = utf8.AppendRune(dst, r)
	}
	return append(dst, segment[from:]...)
}
