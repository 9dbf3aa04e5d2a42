package entity

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Finding is something noted about a file's headers. It holds no value and no header.
type Finding struct {
	// Rule is a stable id, such as "MAP-4".
	Rule string
	// Severity says how bad it is.
	Severity record.Severity
	// Column is the position in the headers, 0-based; -1: the whole file.
	Column int
	// Field is the canonical name it is about; empty: none.
	Field string
	// Message is constant text, the names of fields and entities apart.
	Message string
}

// Key returns the key of a header by rule MAP-1; position is that of the column, 1-based, for headers that leave nothing.
// A key is its own key.
func Key(header string, position int) string {
	// Array index 0 is dropped; the dot keeps what stood around it apart.
	runes := []rune(strings.ReplaceAll(norm.NFKC.String(header), "[0]", "."))
	key := make([]byte, 0, len(runes)+8)
	for i, r := range runes {
		if boundary(runes, i) {
			key = underscore(key)
		}
		r = unicode.ToLower(r)
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			key = append(key, byte(r))
		} else {
			key = underscore(key)
		}
	}
	if s := strings.Trim(string(key), "_"); s != "" {
		return s
	}
	return "column_" + strconv.Itoa(position)
}

// boundary tells that a word begins at i: lower or digit before upper, or the last upper before a lower.
func boundary(runes []rune, i int) bool {
	if i == 0 || !unicode.IsUpper(runes[i]) {
		return false
	}
	before := runes[i-1]
	if unicode.IsLower(before) || unicode.IsDigit(before) {
		return true
	}
	return unicode.IsUpper(before) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}

func underscore(key []byte) []byte {
	if len(key) > 0 && key[len(key)-1] == '_' {
		return key
	}
	return append(key, '_')
}

// Keys returns the keys of a file's headers by rule MAP-1, each different, and what was found. A repeated key gets the first of
// _2, _3 … that no header of the file has by itself. Time is linear in the headers.
func Keys(headers []string) ([]string, []Finding) {
	keys := make([]string, len(headers))
	taken := newTaken(len(headers))
	for i, h := range headers {
		keys[i] = Key(h, i+1)
		taken.reserve(keys[i])
	}
	var found []Finding
	for i, h := range headers {
		own := keys[i]
		keys[i] = taken.take(own)
		if severity, message := keyNote(h, own, keys[i]); message != "" {
			found = append(found, Finding{Rule: "MAP-1", Severity: severity, Column: i, Message: message})
		}
	}
	return keys, found
}

func keyNote(header, own, key string) (record.Severity, string) {
	switch {
	case key != own:
		return record.Warning, "repeated header: numbered"
	case strings.HasPrefix(key, "column_") && emptyKey(header):
		return record.Warning, "header without letters or digits: named by its position"
	case key != header:
		return record.Information, "header rewritten"
	}
	return 0, ""
}

// emptyKey tells that the header alone leaves no key: then the position shows.
func emptyKey(header string) bool { return Key(header, 1) != Key(header, 2) }

// taken hands out names so that none is handed out twice.
type taken struct {
	reserved map[string]bool // names that stand by themselves; true once handed out
	next     map[string]int  // by name: the number to try next, so that many repeats stay linear
}

func newTaken(n int) *taken {
	return &taken{make(map[string]bool, n), make(map[string]int)}
}

func (t *taken) reserve(name string) {
	if _, ok := t.reserved[name]; !ok {
		t.reserved[name] = false
	}
}

// take returns the name, or the name with the first free number from 2 on.
func (t *taken) take(name string) string {
	if used, ok := t.reserved[name]; !ok || !used {
		t.reserved[name] = true
		return name
	}
	for n := max(2, t.next[name]); ; n++ {
		numbered := name + "_" + strconv.Itoa(n)
		if _, ok := t.reserved[numbered]; !ok {
			t.reserved[numbered] = true
			t.next[name] = n + 1
			return numbered
		}
	}
}
