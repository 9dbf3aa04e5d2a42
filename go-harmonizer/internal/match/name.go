package match

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed data/nicknames.tsv
var nicknameTable string

// families returns the lines of the table of nicknames that a given name stands on.
var families = sync.OnceValue(func() map[string][]int {
	of := map[string][]int{}
	for i, line := range strings.Split(nicknameTable, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		for _, name := range strings.Split(line, "\t") {
			of[name] = append(of[name], i)
		}
	}
	return of
})

// form is what a name may stand for besides itself.
type form struct {
	families []int  // of nicknames
	initial  string // the one letter it is, or empty
}

func formsOf(d *dict) []form {
	of := families()
	all := make([]form, d.len())
	for n := range all {
		text := d.text(uint32(n))
		all[n] = form{of[text], initialOf(text)}
	}
	return all
}

// initialOf returns the one letter that a name is, or nothing.
func initialOf(name string) string {
	if name = strings.TrimSuffix(name, "."); utf8.RuneCountInString(name) == 1 {
		return name
	}
	return ""
}

// nicknames tells whether one first name is a short form of the other, or both of a third.
func (p *Population) nicknames(a, b uint32) bool {
	return slices.ContainsFunc(p.forms[a].families, func(n int) bool { return slices.Contains(p.forms[b].families, n) })
}

// contains tells whether one name is the initial of the other or one of its parts, as "Ann" of "Mary Ann".
func (p *Population) contains(f field, a, b uint32) bool {
	ta, tb := p.dicts[f].text(a), p.dicts[f].text(b)
	if f == first && (isInitial(p.forms[a], tb) || isInitial(p.forms[b], ta)) {
		return true
	}
	return hasPart(ta, tb) || hasPart(tb, ta)
}

func isInitial(f form, text string) bool {
	return f.initial != "" && strings.HasPrefix(text, f.initial)
}

// hasPart tells whether part, of three letters or more, is one of the parts of a name.
func hasPart(name, part string) bool {
	if len(part) < 3 || len(part) >= len(name) {
		return false
	}
	at := strings.Index(name, part)
	if at < 0 {
		return false
	}
	end := at + len(part)
	return (at == 0 || isJoint(name[at-1])) && (end == len(name) || isJoint(name[end]))
}

func isJoint(b byte) bool { return b == ' ' || b == '-' }

// generation returns the generation that a suffix names, 0 for none; two others are two persons.
func generation(suffix string) uint8 {
	switch strings.TrimSuffix(suffix, ".") {
	case "sr", "senior", "i":
		return 1
	case "jr", "junior":
		return 2
	case "ii", "2nd":
		return 3
	case "iii", "3rd":
		return 4
	case "iv", "4th":
		return 5
	case "v", "5th":
		return 6
	}
	return 0
}
