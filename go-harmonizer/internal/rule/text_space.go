package rule

import (
	"unicode"
	"unicode/utf8"
)

// room returns an empty slice with room for n bytes, such as Cell.Bytes.
type room func(n int) []byte

// tidySpace makes all white space single spaces and trims it (rule STD-TXT-1). With lines it keeps line feeds, makes CR LF one,
// and trims each line. It returns text itself when there is nothing to do.
func tidySpace(bytes room, text []byte, lines bool) []byte {
	if isTidy(text, lines) {
		return text
	}
	out := bytes(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == '\n' && lines:
			out = append(trimKey(out, 0), '\n')
		case unicode.IsSpace(r):
			if n := len(out); n > 0 && out[n-1] != ' ' && out[n-1] != '\n' {
				out = append(out, ' ')
			}
		default:
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return trimLines(out)
}

// trimLines removes what is blank at both ends.
func trimLines(text []byte) []byte {
	from, to := 0, len(text)
	for from < to && (text[from] == ' ' || text[from] == '\n') {
		from++
	}
	for from < to && (text[to-1] == ' ' || text[to-1] == '\n') {
		to--
	}
	return text[from:to:to]
}

// isTidy tells whether tidySpace has nothing to do.
func isTidy(text []byte, lines bool) bool {
	blank := true // at the begin of a line or behind a space
	for i := 0; i < len(text); {
		b := text[i]
		if b > ' ' && b < utf8.RuneSelf {
			blank = false
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		space := unicode.IsSpace(r)
		switch {
		case !space:
			blank = false
		case r == '\n' && lines && i > 0 && i+1 < len(text) && text[i-1] != ' ':
			blank = true
		case r != ' ' || blank || i+1 == len(text):
			return false
		default:
			blank = true
		}
		i += size
	}
	return len(text) == 0 || text[0] != '\n' && text[len(text)-1] != '\n'
}
