package entity

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/similar"

// Bounds of the search for suggestions: with some 250 names an entity, at most 250,000 cheap tests a file, of which few go on
// to a comparison. Columns past the bound get no suggestion.
const (
	suggestAt      = 0.92 // rule MAP-3
	suggestColumns = 1000
	suggestBytes   = 64
)

// Suggestion is a field that a header nearly names. Nothing is mapped by it.
type Suggestion struct {
	// Field is the canonical name.
	Field string
	// Score is the Jaro–Winkler similarity, from 0.92 to 1.
	Score float64
	// Reason is the name or alias that is similar.
	Reason string
}

// similarName is a name that headers are compared with.
type similarName struct {
	name    string
	slot    slot
	letters letters
}

// letters counts the characters of a key: a-z, 0-9 and the underscore.
type letters [37]uint8

func count(key string) letters {
	var l letters
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z':
			l[c-'a']++
		case c >= '0' && c <= '9':
			l[26+c-'0']++
		default:
			l[36]++
		}
	}
	return l
}

// similarNames are all names and aliases, each entity's in output order, so that the first of equals is the best known.
func similarNames(e *Entity) []similarName {
	var out []similarName
	add := func(s int, name string) { out = append(out, similarName{name, slot(s), count(name)}) }
	for i := range e.Fields {
		if f := &e.Fields[i]; !f.Derived() {
			add(i, f.Name)
			for _, a := range f.Aliases {
				add(i, a.Key)
			}
		}
	}
	for i := range e.Wide {
		for _, key := range e.Wide[i].keys() {
			add(len(e.Fields)+i, key)
		}
	}
	return out
}

// suggest returns the most similar name of a field that no column has yet, nil when none is similar enough.
func (p *plan) suggest(key string) *Suggestion {
	if len(key) > suggestBytes {
		return nil
	}
	var best *Suggestion
	own := count(key)
	for i := range p.entity.similar {
		n := &p.entity.similar[i]
		if !p.open(n.slot) || ceiling(key, n, &own) < suggestAt {
			continue
		}
		score := similar.JaroWinkler(key, n.name)
		if score >= suggestAt && (best == nil || score > best.Score) {
			best = &Suggestion{Field: p.entity.slotName(n.slot), Score: score, Reason: "similar to " + n.name}
		}
	}
	return best
}

// near is how similar a misspelt field is to the one that is meant.
const near = 0.85

// nearest asks for the field that a misspelt name may mean, empty: none.
func (p *plan) nearest(name string) string {
	best, score := "", near
	if len(name) > suggestBytes {
		return ""
	}
	for s := range p.entity.slots() {
		known := p.entity.slotName(slot(s))
		if now := similar.JaroWinkler(name, known); now >= score && p.entity.named(known) != noSlot {
			best, score = known, now
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// open tells that a slot still wants a column. Wide columns mean nothing beside a column of types, and the other way round.
func (p *plan) open(s slot) bool {
	if int(s) < len(p.entity.Fields) {
		return !p.has(int(s)) && !(p.isWide() && p.entity.Fields[s].Form == "long")
	}
	return p.winner[s] < 0 && p.column("vital_type") < 0
}

func ceiling(key string, n *similarName, own *letters) float64 {
	common, prefix := 0, 0
	for i, c := range own {
		common += int(min(c, n.letters[i]))
	}
	for prefix < min(len(key), len(n.name)) && key[prefix] == n.name[prefix] {
		prefix++
	}
	return similar.Ceiling(len(key), len(n.name), common, prefix)
}
