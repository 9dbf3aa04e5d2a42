package rule

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// checkName is rule VAL-NAME-1.
func checkName(column *Column) func(*Cell) {
	last := column.Field == "last_name"
	return func(c *Cell) {
		message := nameFault(c.Text, last)
		switch {
		case message == "":
		case bytes.Equal(c.Text, c.clean):
			c.Keep("VAL-NAME-1", record.Warning, message)
		default:
			c.Note("VAL-NAME-1", record.Warning, message)
		}
	}
}

// nameFault says why a name looks like none, "" when it does not.
func nameFault(text []byte, last bool) string {
	ascii := true
	for _, b := range text {
		switch {
		case b-'0' < 10:
			return "a digit in a name"
		case b == '@':
			return "an at sign in a name"
		}
		ascii = ascii && b < utf8.RuneSelf
	}
	if !ascii && bytes.ContainsFunc(text, unicode.IsDigit) {
		return "a digit in a name"
	}
	var buf [64]byte
	if len(text) <= len(buf) && standsForNoName(lowerInto(buf[:0], text)) {
		return "may stand for a missing name"
	}
	if last && utf8.RuneCount(text) == 1 {
		return "a last name of one character"
	}
	return ""
}

// standsForNoName looks at a name in lower case.
func standsForNoName(text []byte) bool {
	switch string(text) {
	case "na", "none", "nan", "nil", "unk":
		return true
	}
	return hasNoNameToken(text) || hasBaby(text)
}

func hasNoNameToken(text []byte) bool {
	for start := 0; start < len(text); start++ {
		end := start
		for end < len(text) && !splitsName[text[end]] {
			end++
		}
		switch string(text[start:end]) {
		case "test", "unknown", "null":
			return true
		}
		start = end
	}
	return false
}

// hasBaby tells whether a name is what newborns are registered under.
func hasBaby(text []byte) bool {
	i := bytes.Index(text, []byte("baby"))
	if i < 0 || i > 0 && !splitsName[text[i-1]] {
		return false
	}
	rest := text[i+len("baby"):]
	if len(rest) > 0 && splitsName[rest[0]] {
		rest = rest[1:]
	}
	return bytes.HasPrefix(rest, []byte("boy")) || bytes.HasPrefix(rest, []byte("girl"))
}
