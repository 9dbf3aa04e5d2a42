package rule

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// names is rule STD-NAME-1.
func names(column *Column) func(*Cell) {
	missing, suffix := missingFor(column), column.Field == "suffix"
	return func(c *Cell) {
		name := tidyName(c.Bytes, c.Text)
		if suffix {
			name = tidySuffix(name)
		}
		setName(c, "STD-NAME-1", name, missing)
	}
}

// setName makes a name the output, or null when what was removed from it hid a word for a missing value (rule NULL-1).
func setName(c *Cell, rule string, name []byte, missing *missing) {
	if !bytes.Equal(name, c.Text) {
		c.Set(rule, name)
		missing.find(c)
	}
}

// tidyName removes trailing commas and the periods of initials, and puts a name of one case into title case. It returns text itself
// when there is nothing to do.
func tidyName(bytesOf room, text []byte) []byte {
	text = trimCommas(text)
	recase := isOneCase(text)
	if !recase && bytes.IndexByte(text, '.') < 0 {
		return text
	}
	out := bytesOf(len(text) + 8)
	for start := 0; ; start++ {
		end := start
		for end < len(text) && !splitsName[text[end]] {
			end++
		}
		out = appendNameToken(out, text[start:end], recase)
		if end == len(text) {
			break
		}
		out, start = append(out, text[end]), end
	}
	if !norm.NFC.IsNormal(out) { // Some letters compose with marks in one case only.
		out = norm.NFC.Bytes(out)
	}
	if len(readable(bytesOf, out)) < len(out) { // It would look as if it had been decoded twice (rule STD-ENC-2).
		return text
	}
	return out
}

// splitsName are the characters between the tokens of a name.
var splitsName = [256]bool{' ': true, '-': true, '\'': true}

// joinsNames are the marks inside of a token behind which another name begins.
var joinsNames = [256]bool{'.': true, '/': true, '(': true, '^': true, ',': true, '&': true, '"': true}

// trimCommas returns text itself when it is nothing else.
func trimCommas(text []byte) []byte {
	if n := len(bytes.TrimRight(text, ", ")); n > 0 {
		return text[:n:n]
	}
	return text
}

// isOneCase tells that a text has no lower-case or no upper-case letters.
func isOneCase(text []byte) bool {
	small, capital := false, false
	for i := 0; i < len(text); {
		b := text[i]
		if b < utf8.RuneSelf {
			small, capital = small || b-'a' < 26, capital || b-'A' < 26
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		small, capital = small || unicode.IsLower(r), capital || unicode.IsUpper(r)
		i += size
	}
	return !small || !capital
}

func appendNameToken(out, token []byte, recase bool) []byte {
	token = trimInitial(token)
	switch {
	case !recase:
		return append(out, token...)
	case isNumeral(token):
		return appendUpper(out, token)
	case len(token) > 2 && lower[token[0]] == 'm' && lower[token[1]] == 'c' && startsWithLetter(token[2:]):
		return appendTitle(append(out, "Mc"...), token[2:])
	}
	return appendTitle(out, token)
}

// trimInitial removes the period behind a single letter.
func trimInitial(token []byte) []byte {
	n := len(token) - 1
	if n < 1 || token[n] != '.' || !startsWithLetter(token) {
		return token
	}
	if _, size := utf8.DecodeRune(token); size == n {
		return token[:n]
	}
	return token
}

func startsWithLetter(text []byte) bool {
	r, _ := utf8.DecodeRune(text)
	return unicode.IsLetter(r)
}

// isNumeral tells whether a token is II, III or IV.
func isNumeral(token []byte) bool {
	var buf [3]byte
	if len(token) > len(buf) {
		return false
	}
	switch string(lowerInto(buf[:0], token)) {
	case "ii", "iii", "iv":
		return true
	}
	return false
}

// appendUpper writes ASCII letters as capitals.
func appendUpper(out, text []byte) []byte {
	for _, b := range text {
		if b-'a' < 26 {
			b -= 'a' - 'A'
		}
		out = append(out, b)
	}
	return out
}

// tidySuffix writes a credential as the rule of providers' names does: an all-capital MD is no name.
func tidySuffix(name []byte) []byte {
	if credential := credentialOf(name, true); credential != "" {
		return []byte(credential)
	}
	return name
}

// appendTitle writes the first character, and those behind a mark such as the periods of J.R., in title case and the others in lower
// case, one for one.
func appendTitle(out, token []byte) []byte {
	first := true
	for i := 0; i < len(token); {
		r, size := utf8.DecodeRune(token[i:])
		if first {
			r = unicode.ToTitle(r)
		} else {
			r = unicode.ToLower(r)
		}
		first = r < utf8.RuneSelf && joinsNames[r]
		out = utf8.AppendRune(out, r)
		i += size
	}
	return out
}
