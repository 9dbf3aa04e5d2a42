package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// providerNames is rule STD-NAME-3.
func providerNames(column *Column) func(*Cell) {
	missing := missingFor(column)
	return func(c *Cell) {
		text := spokenName(c.Bytes, c.Text)
		switch {
		case text == nil:
			c.Keep("STD-NAME-3", record.Warning, "a title without a name")
		case bytes.IndexByte(text, ',') >= 0:
			c.Keep("STD-NAME-3", record.Warning, "more commas than between last and first name")
		default:
			setName(c, "STD-NAME-3", text, missing)
		}
	}
}

// spokenName is the name of a provider in title case; nil when nothing is left. Title case makes credentials of some tokens (m.d.), so
// that it looks again until there are none.
func spokenName(bytesOf room, text []byte) []byte {
	for {
		bare := providerName(bytesOf, text)
		if bare == nil || bytes.IndexByte(bare, ',') >= 0 {
			return bare
		}
		tidy := tidyName(bytesOf, bare)
		if bytes.Equal(tidy, text) {
			return tidy
		}
		text = tidy
	}
}

// providerName removes titles and credentials and puts the first name first; nil when nothing is left.
func providerName(bytesOf room, text []byte) []byte {
	loud := isOneCase(text)
	if bytes.IndexByte(text, '^') >= 0 {
		text = straightName(bytesOf, text)
	}
	text = bareName(text, loud)
	if last, first, ok := bytes.Cut(text, []byte{','}); ok && bytes.IndexByte(first, ',') < 0 {
		last, first = bytes.TrimSpace(last), bytes.TrimSpace(first)
		text = append(bytesOf(len(text)), first...)
		if len(first) > 0 && len(last) > 0 {
			text = append(text, ' ')
		}
		text = bareName(append(text, last...), loud)
	}
	if len(text) == 0 {
		return nil
	}
	return text
}

// straightName puts a name of DICOM, such as LEE^KIM^Q^DR, in the order in which it is spoken, without prefix and suffix; what is none
// stays as it is.
func straightName(bytesOf room, text []byte) []byte {
	var p nameParts
	if !p.splitCarets(text) {
		return text
	}
	out := bytesOf(len(text))
	for _, part := range [...][]byte{p.first, p.middle, p.last} {
		if len(out) > 0 && len(part) > 0 {
			out = append(out, ' ')
		}
		out = append(out, part...)
	}
	return out
}

// bareName removes titles in front and credentials behind again and again. loud tells that the whole text is of one case, so that
// the case of a token says nothing.
func bareName(text []byte, loud bool) []byte {
	for {
		n := len(text)
		text = bytes.Trim(text, " ,")
		text = trimProviderTitle(text, loud)
		text = trimCredential(text, loud)
		if len(text) == n {
			return text
		}
	}
}

func trimProviderTitle(text []byte, loud bool) []byte {
	end := bytes.IndexAny(text, " ,")
	if end < 0 {
		end = len(text)
	}
	if dot := bytes.IndexByte(text[:end], '.'); dot == 2 && doctor.find(text[:2]) != nil {
		return text[dot+1:] // Dr.Lee
	}
	token := text[:end]
	if doctor.find(token) != nil || credentialOf(token, loud) == "MD" {
		return text[end:]
	}
	return text
}

var doctor = wordsOf(map[string]string{"dr": ""})

// trimCredential removes the last token when it is a credential. Do is a last name too: it is one when only a first name would be left.
func trimCredential(text []byte, loud bool) []byte {
	start := bytes.LastIndexAny(text, " ,") + 1
	token, rest := text[start:], bytes.TrimRight(text[:start], " ")
	comma := len(rest) > 0 && rest[len(rest)-1] == ','
	names := bytes.Trim(rest, " ,")
	several := bytes.IndexByte(names, ' ') >= 0
	switch credentialOf(token, loud || comma && several) {
	case "":
		return text
	case "DO":
		if !several {
			return text
		}
	}
	return names
}

// credentials are those of rule STD-NAME-3, by enumKey.
var credentials = wordsOf(map[string]string{"MD": "", "DO": "", "RN": "", "NP": "", "PA-C": "", "PhD": ""})

// credentialOf returns the credential that a token is, "" when it is none. Its case must be right unless that says nothing: Md and
// Do are names.
func credentialOf(token []byte, anyCase bool) string {
	found := credentials.find(token)
	if found == nil {
		return ""
	}
	if !anyCase && !sameLetters(token, found) {
		return ""
	}
	return string(found)
}

// sameLetters compares without periods; hyphens may be left out.
func sameLetters(token, credential []byte) bool {
	for _, b := range token {
		if b == '.' {
			continue
		}
		if len(credential) > 0 && credential[0] == '-' && b != '-' {
			credential = credential[1:]
		}
		if len(credential) == 0 || credential[0] != b {
			return false
		}
		credential = credential[1:]
	}
	return len(credential) == 0
}
