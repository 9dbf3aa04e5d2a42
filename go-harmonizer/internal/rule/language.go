package rule

import (
	"bytes"
	_ "embed" // The tables of this family are part of the program.
	"strings"
	"sync"

	"golang.org/x/text/language"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

//go:embed data/language.tsv
var languageTable string

// languageWords are the codes and English names of languages (rule STD-LANG-1). Codes come first: some are names of other languages.
var languageWords = sync.OnceValue(func() words {
	w, rows := words{}, tableLines(languageTable, 3)
	for _, row := range rows {
		w.add([]byte(row[0]), row[0])
		w.add([]byte(row[0]), strings.Split(row[1], ";")...)
	}
	for _, row := range rows {
		w.add([]byte(row[0]), strings.Split(row[2], ";")...)
	}
	return w
})

const longestTag = 64

// languages is rule STD-LANG-1: an English name, a code of ISO 639 or a tag of BCP 47.
func languages(*Column) func(*Cell) {
	all := languageWords()
	return func(c *Cell) {
		if sheetDamage(c) {
			return
		}
		if string(lowerInto(c.Bytes(len(c.Text)), c.Text)) == "asl" {
			c.SetAs("STD-LANG-1", signLanguage, record.Warning, "read as American Sign Language (ase), not Asilulu")
		} else if code := all.find(c.Text); code != nil {
			c.Set("STD-LANG-1", code)
		} else if code := sameLanguage(all, c.Text); code != nil {
			c.Set("STD-LANG-1", code)
		} else if tag := languageTag(all, c.Text); tag != "" {
			c.Set("STD-LANG-1", append(c.Bytes(len(tag)), tag...))
		} else {
			c.Keep("STD-LANG-1", record.Warning, "not a language that is known")
		}
	}
}

var signLanguage = []byte("ase")

// sameLanguage reads the names of one language that ISO 639 lists together, such as Spanish; Castilian.
func sameLanguage(all words, text []byte) []byte {
	first, rest, several := bytes.Cut(text, []byte{';'})
	code := all.find(bytes.TrimSpace(first))
	for several && code != nil {
		first, rest, several = bytes.Cut(rest, []byte{';'})
		if !bytes.Equal(code, all.find(bytes.TrimSpace(first))) {
			return nil
		}
	}
	return code
}

// languageTag returns the canonical form of a well-formed tag whose subtags are registered, "" for anything else.
func languageTag(all words, text []byte) string {
	if len(text) < 2 || len(text) > longestTag {
		return ""
	}
	tag, err := language.Raw.Parse(string(text))
	if err != nil {
		return "" // The error quotes the text.
	}
	first, rest, _ := strings.Cut(tag.String(), "-")
	if code := all.find([]byte(first)); code != nil && len(first) <= 3 {
		first = string(code)
	}
	if rest != "" {
		first += "-" + rest
	}
	return first
}
