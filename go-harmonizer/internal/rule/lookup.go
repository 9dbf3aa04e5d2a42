package rule

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// textKey appends the comparison key of rule STD-TXT-3 to dst: NFKD, no category Mn, case-folded, white space collapsed and
// trimmed. It does not allocate for ASCII when dst has room for len(text) bytes; dst and text must not overlap.
func textKey(dst, text []byte) []byte {
	start := len(dst)
	for _, b := range text {
		switch {
		case b >= utf8.RuneSelf:
			return foldKey(dst[:start], text)
		case b == ' ' || b-'\t' < 5:
			if n := len(dst); n > start && dst[n-1] != ' ' {
				dst = append(dst, ' ')
			}
		default:
			dst = append(dst, lower[b])
		}
	}
	return trimKey(dst, start)
}

// lower maps ASCII capitals to small letters and every other byte to itself.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()

func trimKey(dst []byte, start int) []byte {
	if n := len(dst); n > start && dst[n-1] == ' ' {
		return dst[:n-1]
	}
	return dst
}

// foldKey is textKey for text that is not ASCII.
func foldKey(dst, text []byte) []byte {
	start := len(dst)
	bare := norm.NFKD.AppendString(nil, string(text))
	n := 0
	for i := 0; i < len(bare); {
		r, size := utf8.DecodeRune(bare[i:])
		if !unicode.Is(unicode.Mn, r) {
			n += copy(bare[n:], bare[i:i+size])
		}
		i += size
	}
	for _, r := range string(cases.Fold().Bytes(bare[:n])) {
		if !unicode.IsSpace(r) {
			dst = utf8.AppendRune(dst, r)
		} else if m := len(dst); m > start && dst[m-1] != ' ' {
			dst = append(dst, ' ')
		}
	}
	return trimKey(dst, start)
}

// enumKey appends the key under which enum words are looked up (rule 0.8) to dst: the text key without spaces and - _ . '
// unless only one character would be left, which is looked up by the text key as it is.
func enumKey(dst, text []byte) []byte {
	start := len(dst)
	dst = textKey(dst, text)
	key := dst[start:]
	left := 0
	for _, b := range key {
		if !joint[b] {
			left++
		}
	}
	if left == len(key) || left <= 1 || utf8.RuneCount(key) == 1 {
		return dst
	}
	n := start
	for _, b := range key {
		if !joint[b] {
			dst[n] = b
			n++
		}
	}
	return dst[:n]
}

// joint are the characters that enum words are compared without.
var joint = [256]bool{' ': true, '-': true, '_': true, '.': true, '\'': true}
