package server

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// bullet is a rule of the book, or a few under one heading, with its examples.
type bullet struct {
	ids, examples []string
}

var (
	section   = regexp.MustCompile(`(?m)^## (\d+)\.`)
	heading   = regexp.MustCompile(`\*\*((?:[A-Z]+-)+\d+)([^*]*)\*\*`)
	furtherID = regexp.MustCompile(`(?:[A-Z]+-)+\d+`)
	before    = regexp.MustCompile(`(?:^|[\s.])Ex(?: \([^)]*\))?: `)
	tags      = regexp.MustCompile(`(?:\s*\[[A-Z0-9-]+\])+$`)
)

// bullets reads the sections of the book whose every example has to be a case.
func bullets(text string) []bullet {
	var all []bullet
	places := append(section.FindAllStringSubmatchIndex(text, -1), []int{len(text)})
	for i, place := range places[:len(places)-1] {
		if slices.Contains([]string{"1", "3", "4", "5", "6", "7", "8", "9", "11", "12"}, text[place[2]:place[3]]) {
			for _, part := range strings.Split(text[place[0]:places[i+1][0]], "\n- **")[1:] {
				part, _, _ = strings.Cut("**"+part, "\n\n") // A blank line ends it: a table follows.
				all = append(all, newBullet(part))
			}
		}
	}
	return all
}

func newBullet(text string) bullet {
	var b bullet
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		b.ids = append(append(b.ids, m[1]), furtherID.FindAllString(m[2], -1)...)
	}
	if place := before.FindStringIndex(text); place != nil {
		b.examples = parts(oneSpace(text[place[1]:]))
	}
	return b
}

// parts splits examples at semicolons outside code, quotes and brackets. A sentence behind the last is an example if it has an arrow.
func parts(text string) []string {
	var all []string
	start, first := 0, true
	add := func(part string) {
		part = strings.TrimSpace(strings.TrimSuffix(tags.ReplaceAllString(part, ""), "."))
		if first || strings.Contains(part, "→") {
			all = append(all, part)
		}
	}
	for i := range text {
		stop := strings.HasPrefix(text[i:], ". ")
		if (stop || text[i] == ';') && outside(text[start:i]) {
			add(text[start:i])
			start, first = i+1, first && !stop
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		add(rest)
	}
	return all
}

// outside tells whether the end of a text is outside code, quotes and brackets that began in it.
func outside(text string) bool {
	code, quoted, depth := false, false, 0
	for _, r := range text {
		switch {
		case r == '`':
			code = !code
		case code:
		case r == '"':
			quoted = !quoted
		case r == '(':
			depth++
		case r == ')':
			depth--
		}
	}
	return !code && !quoted && depth <= 0
}

func oneSpace(text string) string { return strings.Join(strings.Fields(text), " ") }

// shownBy are the ids that the cases of the files show, and their examples.
func shownBy(t *testing.T, all map[string][]example) (ids map[string]bool, texts map[string]map[string]bool) {
	t.Helper()
	ids, texts = map[string]bool{}, map[string]map[string]bool{}
	for id, cases := range all {
		texts[id] = map[string]bool{}
		for _, e := range cases {
			texts[id][oneSpace(e.Example)] = true
			if e.Want.looksAt(t, id) {
				ids[id] = true
			}
			for _, other := range e.Rules {
				if ids[other] = true; !e.Want.looksAt(t, other) {
					t.Errorf("%s.json, %s: %s is not in what it wants", id, e.Example, other)
				}
			}
		}
	}
	return ids, texts
}

// looksAt tells whether the rule is in what a case wants. Those of the report are, where it wants something of that.
func (w *exampleWant) looksAt(t *testing.T, id string) bool {
	t.Helper()
	text, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	ofReport := strings.HasPrefix(id, "DQ-") && len(w.Report)+len(w.Accounting)+len(w.Artifacts) > 0
	return ofReport || slices.Contains(furtherID.FindAllString(string(text), -1), id)
}

// TestEveryExampleHasACase holds the cases to the rule book: each of its examples and rules has one, and each is of the book.
func TestEveryExampleHasACase(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(pipelinetest.Root(t), "..", "shared", "rules.md"))
	if err != nil {
		t.Skip("skipped: the rule book is not beside the repository")
	}
	ids, texts := shownBy(t, examples(t))
	known, count := map[string]bool{}, 0
	for _, b := range bullets(string(text)) {
		for _, id := range b.ids {
			if known[id] = true; !ids[id] {
				t.Errorf("%s has no case", id)
			}
		}
		file := b.ids[0]
		for _, e := range b.examples {
			if count++; !texts[file][e] {
				t.Errorf("%s.json has no case of: %s", file, e)
			}
			delete(texts[file], e)
		}
	}
	if len(known) < 110 || count < 380 {
		t.Errorf("only %d rules and %d examples were found in the book", len(known), count)
	}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		for e := range texts[file] {
			t.Errorf("%s.json: not in the book: %s", file, e)
		}
	}
	for id := range ids {
		if !known[id] {
			t.Errorf("%s, named in tests/book, is no rule of these sections", id)
		}
	}
}

// TestEveryRuleHasACase asks the same of the table of rules, where the book is not at hand.
func TestEveryRuleHasACase(t *testing.T) {
	ids, _ := shownBy(t, examples(t))
	for _, r := range rule.Table() {
		if !ids[r.ID] && !strings.HasPrefix(r.ID, "VCF-") && !strings.HasPrefix(r.ID, "FA-") {
			t.Errorf("%s has no case in tests/book", r.ID)
		}
	}
}
