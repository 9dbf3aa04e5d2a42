// Package matchtest makes populations of patients for tests and benchmarks of matching, with the truth about who is who.
//
// Everybody is invented: names are drawn from lists or put together from syllables, the rest from a seeded generator.
package matchtest

import (
	"fmt"
	"math/rand/v2"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
)

// Kind is what makes a population hard.
type Kind uint8

// The kinds.
const (
	Plain    Kind = iota // typing errors and what changes in a life
	Common               // few names, most people have one of them
	Twins                // at one address, SSNs in sequence
	Fathers              // and sons of the same names, with and without suffix
	Shared               // care homes: an address and a telephone for many
	YearOnly             // of most birth dates only the year is known
	Mixed                // all of it
	kindCount
)

// Kinds are all kinds.
func Kinds() (all []Kind) {
	for k := range kindCount {
		all = append(all, k)
	}
	return all
}

var kindNames = [kindCount]string{"plain", "common", "twins", "fathers", "shared", "year-only", "mixed"}

// String returns the word of the kind.
func (k Kind) String() string { return kindNames[k] }

// ParseKind returns the kind of a word.
func ParseKind(word string) (Kind, error) {
	for k, name := range kindNames {
		if name == word {
			return Kind(k), nil
		}
	}
	return 0, fmt.Errorf("no such kind; there are %v", kindNames)
}

// again is the share of people who have another record, and another after that.
const again = 0.18

// Generate makes n records in random order, and for each the number of the person it speaks of. The same arguments make the same.
func Generate(seed uint64, n int, kind Kind) (records []match.Person, truth []int) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, uint64(kind))), kind: kind}
	g.towns = g.makeTowns(max(10, n/250))
	for who := 0; len(records) < n; {
		for _, person := range g.family() {
			records, truth = append(records, g.record(person, false)), append(truth, who)
			for g.chance(again) {
				records, truth = append(records, g.record(person, true)), append(truth, who)
			}
			who++
		}
	}
	records, truth = records[:n], truth[:n]
	g.Shuffle(n, func(i, j int) {
		records[i], records[j], truth[i], truth[j] = records[j], records[i], truth[j], truth[i]
	})
	return records, truth
}

type generator struct {
	*rand.Rand
	kind  Kind
	towns []town
	homes []home // care homes, the last one filling up
}

func (g *generator) chance(p float64) bool { return g.Float64() < p }

func pick[T any](g *generator, all []T) T { return all[g.IntN(len(all))] }

// zipf picks one of a list, the first most often, the n-th an n-th as often.
func zipf[T any](g *generator, all []T) T {
	for {
		n := g.IntN(len(all))
		if g.chance(1 / float64(1+n)) {
			return all[n]
		}
	}
}

// family makes the people of the next household: one, or more where the kind has it so.
func (g *generator) family() []person {
	kind := g.kind
	if kind == Mixed {
		kind = [...]Kind{Plain, Plain, Plain, Common, Common, Twins, Fathers, Shared, YearOnly}[g.IntN(9)]
	}
	p := g.person(kind)
	switch {
	case kind == Twins && g.chance(0.5):
		return []person{p, g.twin(p)}
	case kind == Fathers && g.chance(0.5):
		return g.fatherAndSon(p)
	case kind == Shared && g.chance(0.7):
		g.moveIn(&p)
	}
	return []person{p}
}
