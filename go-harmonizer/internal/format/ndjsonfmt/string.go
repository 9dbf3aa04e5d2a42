// Package ndjsonfmt writes JSON, one value a line.
package ndjsonfmt

import "unicode/utf8"

const hex = "0123456789abcdef"

// safe tells of a byte that it stands for itself in a JSON string.
var safe = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// AppendString appends text as a JSON string. Only what has to be escaped is: quote, backslash and control characters; bytes that
// are not UTF-8 become U+FFFD. Nothing is allocated but room in dst.
func AppendString(dst, text []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(text); {
		if safe[text[i]] {
			i++
			continue
		}
		if text[i] >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, text[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += size
			continue
		}
		dst = escape(append(dst, text[from:i]...), text[i])
		i++
		from = i
	}
	return append(append(dst, text[from:]...), '"')
}

// escape appends the escape of an ASCII character.
func escape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
