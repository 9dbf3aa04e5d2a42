package match

import (
	"context"
	"math"
)

// Chances of one person from which a pair is a match, or for review.
const (
	matchFrom  = 0.95
	reviewFrom = 0.10
)

// estimate is the Fellegi–Sunter model of a file, with three kinds of pairs: of one person, of two who live together, and of two
// random persons. The second kind shares name and place as one person does, so these alone make no match.
type estimate struct {
	m, u, h    table
	duplicates float64 // pairs of one person
	households float64 // pairs of two persons who live together
	pairs      float64 // all pairs there are
	iterations int
	frequency  frequencies
}

// fewestPairs and fewestDuplicates are what an estimate needs.
const (
	fewestPairs      = 100
	fewestDuplicates = 20
	refinements      = 4
)

// learn estimates the model of the population. When it cannot, why says so and the fixed model has to do.
func (p *Population) learn(ctx context.Context) (e *estimate, why string, err error) {
	drawn, err := p.random(ctx)
	if err != nil {
		return nil, "", err
	}
	all, each, err := p.sample(ctx)
	if err != nil {
		return nil, "", err
	}
	n := float64(p.Len())
	e = &estimate{u: drawn, pairs: n * (n - 1) / 2}
	if total(all)*each < fewestPairs {
		return nil, "too few pairs share a block", nil
	}
	for range refinements {
		if why := e.refine(ctx, all, each, &drawn); why != "" {
			return nil, why, ctx.Err()
		}
	}
	e.frequency = p.frequencies(&e.u)
	return e, "", ctx.Err()
}

func total(all []counted) (n float64) {
	for _, c := range all {
		n += c.pairs
	}
	return n
}

// refine estimates m, then how many pairs of each kind there are, then takes those of one person and household out of u.
func (e *estimate) refine(ctx context.Context, all []counted, each float64, drawn *table) (why string) {
	e.m = usual
	var seen table
	matches := 0.0
	for i, r := range rounds {
		t := train(ctx, all, i, &e.u)
		e.iterations += t.iterations
		if t.matches*each < fewestMatches {
			continue
		}
		if !t.settled {
			return "the estimate did not settle"
		}
		matches += t.matches
		seen.add(&t.levels, r.fixed)
	}
	if matches*each < fewestDuplicates {
		return "too few pairs look like one person"
	}
	maximize(&e.m, &seen)
	if !e.plausible() {
		return "what looks like one person does not agree in name and birth date"
	}
	e.size(ctx, all, each)
	e.takeOut(drawn)
	return ""
}

// leastAgreement is how many of the pairs of one person agree, but for typos, in each of their names and in their birth date.
const leastAgreement = 0.6

// plausible tells whether the pairs that were taken for one person are such: in a file without duplicates the estimate may settle
// on some other likeness.
func (e *estimate) plausible() bool {
	for _, a := range []aspect{onFirst, onLast, onBirth} {
		m := &e.m[a]
		whole := m[exact] + m[near] + m[crossed]
		if a == onFirst {
			whole += m[alikeLevel] // short forms
		}
		if whole < leastAgreement || m[exact] < m[alikeLevel] {
			return false
		}
	}
	return true
}

func (t *table) add(other *table, without uint32) {
	for a := range aspectCount {
		for l := range levelCount {
			if without>>a&1 == 0 {
				t[a][l] += other[a][l]
			}
		}
	}
}

// size estimates how many pairs of each kind there are, and how often two persons of one household agree in name and birth date.
func (e *estimate) size(ctx context.Context, all []counted, each float64) {
	if e.duplicates == 0 {
		e.duplicates, e.households = fewestDuplicates, fewestDuplicates
	}
	for range 100 {
		if ctx.Err() != nil {
			return
		}
		e.live(all)
		before := e.duplicates
		ratio, shared := ratios(&e.m, &e.u, 0), ratios(&e.h, &e.u, 0)
		one, two := 0.0, 0.0
		for _, c := range all {
			a, b := e.duplicates/e.pairs, e.households/e.pairs
			for i := range aspectCount {
				l := c.pattern.level(i)
				a *= ratio[i][l]
				if apart>>i&1 == 0 {
					b *= shared[i][l]
				}
			}
			b *= oneShared(shared[onFirst][c.pattern.level(onFirst)],
				shared[onBirth][c.pattern.level(onBirth)]*shared[onBirthPart][c.pattern.level(onBirthPart)], c.pattern.level(onFirst))
			if c.pattern&contradicted != 0 {
				a = 0
			}
			one, two = one+c.pairs*a/(1+a+b), two+c.pairs*b/(1+a+b)
		}
		e.duplicates, e.households = max(1, one*each), max(1, two*each)
		if math.Abs(e.duplicates-before) < settled*before {
			break
		}
	}
}

// takeOut takes pairs of one person and of one household out of what random pairs were seen to agree in: in a small file most
// pairs with a rare text in common are such.
func (e *estimate) takeOut(drawn *table) {
	for a := range aspectCount {
		for l := exact; l < differ; l++ {
			others := (e.duplicates*e.m[a][l] + e.households*e.h[a][l]) / e.pairs
			e.u[a][l] = max(rarest, drawn[a][l]/1000, drawn[a][l]-others)
		}
	}
	e.u.cross()
}
