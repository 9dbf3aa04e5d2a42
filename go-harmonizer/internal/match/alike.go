package match

import (
	"math/bits"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/similar"
)

// alike returns the Jaro–Winkler similarity of two values where it reaches least, else 0; a null is like nothing.
func (p *Population) alike(f field, a, b uint32, least float64) float64 {
	return alike(&p.dicts[f], a, &p.dicts[f], b, least)
}

func alike(da *dict, a uint32, db *dict, b uint32, least float64) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	if da == db && a == b {
		return 1
	}
	ta, tb := da.text(a), db.text(b)
	if ceiling(da.marks[a], db.marks[b], ta, tb) < least {
		return 0
	}
	if s := jaroWinkler(ta, tb); s >= least {
		return s
	}
	return 0
}

// jaroWinkler takes two texts in either order: Jaro's pairing of characters may depend on which comes first.
func jaroWinkler(a, b string) float64 { return similar.JaroWinkler(min(a, b), max(a, b)) }

// ceiling is a similarity that two texts cannot exceed: a character that only one of them has is in common with nothing.
func ceiling(a, b mark, ta, tb string) float64 {
	common := min(int(a.runes)-bits.OnesCount64(a.letters&^b.letters), int(b.runes)-bits.OnesCount64(b.letters&^a.letters))
	prefix := 0
	for prefix < min(len(ta), len(tb), 4) && ta[prefix] == tb[prefix] {
		prefix++
	}
	return similar.Ceiling(int(a.runes), int(b.runes), max(0, common), prefix)
}
