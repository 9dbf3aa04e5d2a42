package match

import (
	"context"
	"math"
)

// round is an estimate of m from the pairs of one block, of the aspects that the block does not fix: in these the block is no
// guide, as every pair of it would agree.
type round struct {
	passes uint32
	fixed  uint32 // aspects left out, as bits
}

var rounds = [...]round{
	{1 << passBirth, bit(onBirth, onBirthPart)},
	{1 << passNames, bit(onFirst, onLast)},
	{1 << passZipLast, bit(onLast, onZip, onCity, onState, onAddress, onPhone)},
	{1 << passSSN, bit(onSSN)},
}

func bit(all ...aspect) (set uint32) {
	for _, a := range all {
		set |= 1 << a
	}
	return set
}

// roundsOf returns the bits of the rounds that a pair of these passes takes part in.
func roundsOf(set uint32) (x pattern) {
	for i, r := range rounds {
		if r.passes&set != 0 {
			x |= 1 << (roundShift + i)
		}
	}
	return x
}

// usual are the m that an estimate starts from, and leans on where pairs are few.
var usual = table{
	onFirst:     {exact: .84, near: .06, alikeLevel: .04, crossed: .02, differ: .04},
	onLast:      {exact: .86, near: .06, alikeLevel: .03, crossed: .01, differ: .04},
	onBirth:     {exact: .93, near: .03, alikeLevel: .001, crossed: .01, differ: .03},
	onBirthPart: {exact: .48, near: .001, alikeLevel: .48, crossed: .001, differ: .04},
	onSex:       {exact: .98, near: .001, alikeLevel: .001, crossed: .001, differ: .02},
	onAddress:   {exact: .65, near: .07, alikeLevel: .06, crossed: .001, differ: .22},
	onZip:       {exact: .75, near: .05, alikeLevel: .001, crossed: .001, differ: .20},
	onCity:      {exact: .78, near: .06, alikeLevel: .001, crossed: .001, differ: .16},
	onState:     {exact: .95, near: .001, alikeLevel: .001, crossed: .001, differ: .05},
	onPhone:     {exact: .65, near: .03, alikeLevel: .001, crossed: .001, differ: .32},
	onSSN:       {exact: .90, near: .05, alikeLevel: .001, crossed: .001, differ: .05},
	onMRN:       {exact: .50, near: .001, alikeLevel: .001, crossed: .001, differ: .50},
}

const (
	leaning       = 10.0 // pairs that the usual m weigh
	fewestMatches = 20.0 // of a round that counts
	mostRounds    = 300  // of expectation and maximization
	settled       = 1e-4 // change of m at which it ends
)

// trained is a round's outcome: expected pairs of one person at each level.
type trained struct {
	levels     table
	matches    float64
	iterations int
	settled    bool
}

// train runs expectation and maximization over the pairs of one round with u fixed. Pairs that contradict themselves count as
// pairs of two persons.
func train(ctx context.Context, all []counted, i int, u *table) (t trained) {
	own := pairsOf(all, i)
	m, share := usual, 0.1
	for t.iterations < mostRounds && ctx.Err() == nil {
		t.iterations++
		next, matches, pairs := expect(own, i, &m, u, share)
		change := maximize(&m, &next)
		t.levels, t.matches, share = next, matches, max(rarest, min(0.99, matches/max(pairs, 1)))
		if change < settled {
			t.settled = true
			break
		}
	}
	return t
}

func pairsOf(all []counted, i int) (own []counted) {
	for _, c := range all {
		if c.pattern>>(roundShift+i)&1 != 0 {
			own = append(own, c)
		}
	}
	return own
}

// expect counts, by the chance of each pair to be one person, the levels of the matches.
func expect(own []counted, i int, m, u *table, share float64) (levels table, matches, pairs float64) {
	ratio := ratios(m, u, rounds[i].fixed)
	for _, c := range own {
		pairs += c.pairs
		if c.pattern&contradicted != 0 {
			continue
		}
		odds := share / (1 - share)
		for a := range aspectCount {
			odds *= ratio[a][c.pattern.level(a)]
		}
		n := c.pairs * (1 - 1/(1+odds))
		matches += n
		for a := range aspectCount {
			levels[a][c.pattern.level(a)] += n
		}
	}
	return levels, matches, pairs
}

// ratios are m/u; 1 for nulls and for aspects left out.
func ratios(m, u *table, without uint32) (r table) {
	for a := range aspectCount {
		for l := range levelCount {
			if l == null || without>>a&1 != 0 {
				r[a][l] = 1
			} else {
				r[a][l] = m[a][l] / u[a][l]
			}
		}
	}
	return r
}

// maximize moves m to the shares of the levels, leaning on the usual ones, and returns the largest change.
func maximize(m, seen *table) (change float64) {
	for a := range aspectCount {
		total := leaning
		for l := exact; l < levelCount; l++ {
			total += seen[a][l]
		}
		for l := exact; l < levelCount; l++ {
			next := max(rarest, (seen[a][l]+leaning*usual[a][l])/total)
			change = max(change, math.Abs(next-m[a][l]))
			m[a][l] = next
		}
	}
	return change
}
