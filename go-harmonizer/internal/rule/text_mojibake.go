package rule

import (
	"bytes"
	"unicode/utf8"
)

// readable undoes decoding as windows-1252 of what was UTF-8 (rule STD-ENC-2), as often as the text shows the marks of it. It
// returns text itself when there is nothing to do.
func readable(room room, text []byte) []byte {
	for looksDecodedTwice(text) {
		out, ok := encodeWindows(room(len(text)), text)
		if !ok || len(out) >= len(text) || !utf8.Valid(out) || bytes.ContainsFunc(out, isDamage) {
			break
		}
		text = out
	}
	return text
}

// isDamage tells that a character shows that decoding went wrong: U+FFFD and C1.
func isDamage(r rune) bool { return r == utf8.RuneError || 0x80 <= r && r <= 0x9f }

// looksDecodedTwice looks for one of Ã Â â€ ï»¿.
func looksDecodedTwice(text []byte) bool {
	for {
		i := bytes.IndexByte(text, 0xc3)
		if i < 0 || i+1 == len(text) {
			return false
		}
		text = text[i+1:]
		switch text[0] {
		case 0x83, 0x82:
			return true
		case 0xa2:
			if bytes.HasPrefix(text[1:], []byte("€")) {
				return true
			}
		case 0xaf:
			if bytes.HasPrefix(text[1:], []byte("»¿")) {
				return true
			}
		}
	}
}

// encodeWindows appends the text in windows-1252 as WHATWG defines it.
func encodeWindows(dst, text []byte) ([]byte, bool) {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		if r < 0x80 || 0xa0 <= r && r <= 0xff {
			dst = append(dst, byte(r))
			continue
		}
		b, ok := windowsHigh[r]
		if !ok || size == 1 {
			return nil, false
		}
		dst = append(dst, b)
	}
	return dst, true
}

// windowsHigh are bytes 80 to 9F of windows-1252, https://encoding.spec.whatwg.org/index-windows-1252.txt.
var windowsHigh = func() map[rune]byte {
	high := make(map[rune]byte, 32)
	b := byte(0x80)
	for _, r := range "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ" {
		high[r] = b
		b++
	}
	return high
}()
