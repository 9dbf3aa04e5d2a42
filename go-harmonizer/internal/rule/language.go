package rule

import (
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
		if code := all.find(c.Text); code != nil {
			c.Set("STD-LANG-1", code)
		} else if tag := languageTag(all, c.Text); tag != "" {
			c.Set("STD-LANG-1", append(c.Bytes(len(tag)), tag...))
		} else {
			c.Keep("STD-LANG-1", record.Warning, "not a language that is known")
		}
	}
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
