package match

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sort"
)

// table is a probability for each level of each aspect.
type table [aspectCount][levelCount]float64

const (
	randomPairs = 200_000 // drawn for each aspect
	rarest      = 1e-7    // the least chance that anything is taken to have
)

// random estimates u: how often two random records are at each level of an aspect. What is equal is counted, the rest drawn from
// the texts of each field by how frequent they are; so the order of records has no part in it.
func (p *Population) random(ctx context.Context) (u table, err error) {
	for a := range aspectCount {
		if err := ctx.Err(); err != nil {
			return u, err
		}
		switch a {
		case onBirthPart:
			p.randomParts(&u[a])
		case onBirth:
			p.draw(ctx, a, func(b birth) bool { return b.day != 0 }, &u[a])
		default:
			p.draw(ctx, a, nil, &u[a])
		}
	}
	u.cross()
	return u, ctx.Err()
}

// cross takes names to be swapped by chance as often as they agree by chance.
func (u *table) cross() {
	for _, a := range []aspect{onFirst, onLast} {
		u[a][crossed] = max(rarest, u[a][exact]+u[a][near])
	}
}

// draw estimates the levels of one aspect.
func (p *Population) draw(ctx context.Context, a aspect, only func(birth) bool, u *[levelCount]float64) {
	values, ends := p.frequent(fieldOf[a], only)
	total, equal := 0.0, 0.0
	for _, v := range values {
		c := float64(p.dicts[fieldOf[a]].counts[v])
		total, equal = total+c, equal+c*(c-1)
	}
	u[exact] = rarest
	if total > 1 {
		u[exact] = max(rarest, equal/(total*(total-1)))
	}
	p.drawOthers(ctx, a, values, ends, u)
}

// drawOthers estimates the levels of pairs of different texts.
func (p *Population) drawOthers(ctx context.Context, a aspect, values []uint32, ends []uint64, u *[levelCount]float64) {
	var seen [levelCount]float64
	drawn := 0.0
	if compare := p.comparison(a); compare != nil && len(values) > 1 {
		dice := rand.New(rand.NewPCG(0, uint64(a)))
		pick := func() uint32 {
			at := dice.Uint64N(ends[len(ends)-1])
			return values[sort.Search(len(ends), func(i int) bool { return ends[i] > at })]
		}
		for i := range randomPairs {
			if i%4096 == 0 && ctx.Err() != nil {
				return
			}
			if x, y := pick(), pick(); x != y {
				seen[compare(x, y)]++
				drawn++
			}
		}
	}
	left := 1 - u[exact]
	for l := near; l < levelCount; l++ {
		u[l] = max(rarest, left*(seen[l]+0.5)/(drawn+2))
	}
	if drawn == 0 {
		u[differ] = max(rarest, left)
	}
}

// frequent returns the values of a field in the order of their texts, and how many records have one up to each.
func (p *Population) frequent(f field, only func(birth) bool) (values []uint32, ends []uint64) {
	d := &p.dicts[f]
	for v := uint32(1); int(v) < d.len(); v++ {
		if only == nil || only(p.births[v]) {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, func(a, b uint32) int { return cmp.Compare(d.text(a), d.text(b)) })
	sum := uint64(0)
	for _, v := range values {
		sum += uint64(d.counts[v])
		ends = append(ends, sum)
	}
	return values, ends
}

// comparison returns how two values of an aspect are compared; nil: texts are equal or not.
func (p *Population) comparison(a aspect) func(x, y uint32) level {
	switch a {
	case onFirst:
		return p.compareFirst
	case onLast:
		return p.compareLast
	case onBirth:
		return func(x, y uint32) level {
			var l levels
			p.compareBirths(x, y, &l)
			return l[onBirth]
		}
	case onAddress:
		return func(x, y uint32) level { return p.compareText(address, x, y, nearAddress, similarAddress) }
	case onCity:
		return func(x, y uint32) level { return p.compareText(city, x, y, nearFrom, nearFrom) }
	case onZip, onPhone, onSSN:
		return func(x, y uint32) level { return p.compareCode(fieldOf[a], x, y) }
	}
	return nil
}

// calendar counts the records born in each year and month.
type calendar struct {
	years  map[uint16]float64
	months map[[2]uint16]float64
	total  float64
}

func (p *Population) calendar() calendar {
	c := calendar{years: map[uint16]float64{}, months: map[[2]uint16]float64{}}
	for v := 1; v < len(p.births); v++ {
		if b := p.births[v]; b.year != 0 {
			n := float64(p.dicts[birthDate].counts[v])
			c.years[b.year] += n
			c.months[[2]uint16{b.year, b.month}] += n
			c.total += n
		}
	}
	return c
}

// randomParts is how often a year, or a year and month, is that of another record.
func (p *Population) randomParts(u *[levelCount]float64) {
	c := p.calendar()
	u[exact], u[near], u[alikeLevel], u[crossed], u[differ] = rarest, rarest, rarest, rarest, 1
	if c.total == 0 {
		return
	}
	squares := 0.0
	for _, year := range inYears(c.years) {
		squares += c.years[year] * c.years[year]
	}
	u[alikeLevel] = max(rarest, squares/(c.total*c.total))
	u[exact] = max(rarest, u[alikeLevel]/12)
	u[differ] = max(rarest, 1-u[alikeLevel])
}

func inYears(years map[uint16]float64) []uint16 {
	all := make([]uint16, 0, len(years))
	for year := range years {
		all = append(all, year)
	}
	slices.Sort(all)
	return all
}
