package matchtest

import (
	"fmt"
	"strings"
)

// person is the truth about somebody.
type person struct {
	first, last, suffix string
	year, month, day    int
	female              bool
	mrn, ssn            int
	place               place
	phone               string
	yearOnly            bool // the sources tell no more of the birth date
}

type town struct{ city, state, zip string }

type place struct {
	address string
	town
}

func (g *generator) person(kind Kind) (p person) {
	p.female = g.chance(0.51)
	p.first, p.last = g.firstName(kind, p.female), g.lastName(kind)
	p.year, p.month, p.day = 1930+g.IntN(85), 1+g.IntN(12), 1+g.IntN(28)
	p.mrn, p.ssn = g.IntN(90_000_000)+10_000_000, g.ssn()
	p.place, p.phone = g.place(), g.phone()
	p.yearOnly = kind == YearOnly && g.chance(0.7)
	return p
}

func (g *generator) firstName(kind Kind, female bool) string {
	names := men
	if female {
		names = women
	}
	switch {
	case kind == Common:
		return zipf(g, names[:40])
	case g.chance(0.08):
		return g.invent(2)
	}
	return zipf(g, names)
}

func (g *generator) lastName(kind Kind) string {
	switch {
	case kind == Common:
		return zipf(g, families[:50])
	case g.chance(0.45):
		return zipf(g, families)
	case g.chance(0.05):
		return pick(g, families) + "-" + pick(g, families)
	}
	return g.invent(2 + g.IntN(2))
}

// invent puts a name together from syllables.
func (g *generator) invent(syllables int) string {
	var b strings.Builder
	for range syllables {
		b.WriteString(pick(g, onsets) + pick(g, rhymes))
	}
	name := b.String()
	return strings.ToUpper(name[:1]) + name[1:]
}

// ssn makes a number that may have been issued.
func (g *generator) ssn() int {
	area := 1 + g.IntN(898)
	if area == 666 {
		area = 667
	}
	return area*1_000_000 + (1+g.IntN(99))*10_000 + 1 + g.IntN(9998)
}

func (g *generator) phone() string {
	return fmt.Sprintf("+1%d%d%07d", 2+g.IntN(8), 10+g.IntN(90), 2_000_000+g.IntN(8_000_000))
}

func (g *generator) makeTowns(n int) (all []town) {
	for range n {
		s := pick(g, states)
		all = append(all, town{g.invent(2) + pick(g, townEnds), s.code, fmt.Sprintf("%s%02d", s.prefix, g.IntN(100))})
	}
	return all
}

func (g *generator) place() place {
	street := pick(g, streets)
	if g.chance(0.5) {
		street = g.invent(2)
	}
	return place{fmt.Sprintf("%d %s %s", 1+g.IntN(2000), street, pick(g, ways)), pick(g, g.towns)}
}

// twin makes the twin of a person: the same but for name, sex and numbers.
func (g *generator) twin(p person) person {
	t := p
	t.female = g.chance(0.5)
	for t.first == p.first {
		t.first = g.firstName(Plain, t.female)
	}
	t.mrn, t.ssn = p.mrn+1, p.ssn+1
	return t
}

// fatherAndSon makes two men of the same names at one address; half of them carry a suffix, and one in ten a third.
func (g *generator) fatherAndSon(p person) []person {
	p.female = false
	p.first, p.year = g.firstName(Plain, false), 1930+g.IntN(40)
	son := p
	son.year, son.month, son.day = p.year+20+g.IntN(20), 1+g.IntN(12), 1+g.IntN(28)
	son.mrn, son.ssn = g.IntN(90_000_000)+10_000_000, g.ssn()
	if g.chance(0.5) {
		p.suffix, son.suffix = "Sr", "Jr"
	} else if g.chance(0.1) {
		p.suffix, son.suffix = "II", "III"
	}
	return []person{p, son}
}

// home is a care home.
type home struct {
	place
	phone string
	free  int
}

// moveIn gives an old person a place in a care home.
func (g *generator) moveIn(p *person) {
	if n := len(g.homes); n == 0 || g.homes[n-1].free == 0 {
		g.homes = append(g.homes, home{g.place(), g.phone(), 20 + g.IntN(80)})
	}
	h := &g.homes[len(g.homes)-1]
	h.free--
	p.year = 1925 + g.IntN(25)
	p.place, p.phone = h.place, h.phone
}
