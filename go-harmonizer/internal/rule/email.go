package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// emails is rules STD-EMAIL-1 and VAL-EMAIL-1.
func emails(*Column) func(*Cell) {
	return func(c *Cell) {
		text, several := firstAddress(c.Text)
		text = bareAddress(text)
		at := addressAt(text)
		if at < 0 {
			c.Keep("VAL-EMAIL-1", record.Error, "not an e-mail address")
			return
		}
		out := lowerInto(c.Bytes(len(text)), text)
		if several {
			c.SetAs("STD-EMAIL-1", out, record.Warning, "the first of several addresses taken, not the others")
		} else {
			c.Set("STD-EMAIL-1", out)
		}
		switch string(out[:at]) {
		case "test", "none", "noemail":
			c.Note("VAL-EMAIL-1", record.Warning, "looks like a placeholder")
		}
	}
}

// firstAddress returns what stands before the first semicolon or comma, and whether there is more behind it.
func firstAddress(text []byte) (first []byte, several bool) {
	text = bytes.Trim(text, ";, ")
	i := bytes.IndexAny(text, ";,")
	if i < 0 {
		return text, false
	}
	return bytes.TrimSpace(text[:i]), true
}

// bareAddress removes mailto: and angle brackets.
func bareAddress(text []byte) []byte {
	const scheme = "mailto:"
	for {
		n := len(text)
		if n > 2 && text[0] == '<' && text[n-1] == '>' {
			text = text[1 : n-1]
		}
		if len(text) > len(scheme) && bytes.EqualFold(text[:len(scheme)], []byte(scheme)) {
			text = text[len(scheme):]
		}
		if text = bytes.TrimSpace(text); len(text) == n {
			return text
		}
	}
}

const longestAddress, longestMailbox, longestLabel = 254, 64, 63

// addressAt returns the position of the @ of a valid address: as input fields of type e-mail in HTML take it (WHATWG), with a dot in the
// domain, without two in a row, and not too long. -1 when it is none.
func addressAt(text []byte) int {
	at := bytes.IndexByte(text, '@')
	if at < 1 || at > longestMailbox || len(text) > longestAddress || bytes.Contains(text, []byte("..")) {
		return -1
	}
	for _, b := range text[:at] {
		if !mailbox[b] {
			return -1
		}
	}
	if !isDomain(text[at+1:]) {
		return -1
	}
	return at
}

// isDomain tells whether text is at least two labels of letters, digits and inner hyphens, joined by dots.
func isDomain(text []byte) bool {
	labels := 0
	for start := 0; start <= len(text); labels++ {
		end := start
		for end < len(text) && text[end] != '.' {
			if b := text[end]; !isAlphanumeric(b) && b != '-' {
				return false
			}
			end++
		}
		if label := text[start:end]; len(label) == 0 || len(label) > longestLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		start = end + 1
	}
	return labels > 1
}

func isAlphanumeric(b byte) bool { return lower[b]-'a' < 26 || b-'0' < 10 }

// mailbox are the characters before the @.
var mailbox = func() (t [256]bool) {
	for i := range t {
		t[i] = isAlphanumeric(byte(i))
	}
	for _, b := range []byte(".!#$%&'*+/=?^_`{|}~-") {
		t[b] = true
	}
	return t
}()
