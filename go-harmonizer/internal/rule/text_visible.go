package rule

import (
	"unicode"
	"unicode/utf8"
)

// visible removes characters that nobody sees (rule STD-TXT-2). U+200C and U+200D stay, because they are spelling. It returns text
// itself when there is nothing to do.
func visible(bytes room, text []byte, lines bool) []byte {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if isInvisible(r, lines) {
			break
		}
		at += size
	}
	if at == len(text) {
		return text
	}
	out := append(bytes(len(text)), text[:at]...)
	for i := at; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if !isInvisible(r, lines) {
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return out
}

func isInvisible(r rune, lines bool) bool {
	switch {
	case r == '\n':
		return !lines
	case r < utf8.RuneSelf || r <= 0x9f:
		return unicode.IsControl(r)
	case r == 0xad || r == 0xfeff || r == 0x200b || r == 0x2060 || r == 0x200e || r == 0x200f:
		return true
	}
	return 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}
