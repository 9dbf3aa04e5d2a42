package match

import (
	"cmp"
	"context"
	"slices"

	"github.com/zeebo/xxh3"
)

// pattern is the levels of a pair, three bits an aspect, and what else the estimate needs to know of it.
type pattern uint64

const (
	levelBits    = 3
	levelMask    = 1<<levelBits - 1
	contradicted = pattern(1) << 60 // the pair contradicts itself
	roundShift   = 48               // from here, one bit for each round whose block the pair shares
)

func patternOf(l *levels) (x pattern) {
	for a, level := range l {
		x |= pattern(level) << (a * levelBits)
	}
	return x
}

func (x pattern) level(a aspect) level { return level(x>>(a*levelBits)) & levelMask }

func (x pattern) levels() (l levels) {
	for a := range l {
		l[a] = x.level(aspect(a))
	}
	return l
}

// counted is a pattern and how many pairs have it.
type counted struct {
	pattern pattern
	pairs   float64
}

// samplePairs is about how many pairs the estimate reads.
const samplePairs = 600_000

// sample counts the patterns of the blocked pairs, or of one pair in so many, picked by what the records say and so by nothing of
// their order. It returns the patterns in order and how many pairs one of them stands for.
func (p *Population) sample(ctx context.Context) ([]counted, float64, error) {
	every := uint64(max(1, p.blocks.pairs/samplePairs))
	hashes := p.hashes()
	all := map[pattern]float64{}
	err := scan(ctx, p, func() map[pattern]float64 { return map[pattern]float64{} },
		func(own map[pattern]float64, x, y int32, set uint32) {
			if every > 1 && mix(hashes[x]+hashes[y])%every != 0 {
				return
			}
			l := p.compare(x, y)
			key := patternOf(&l) | roundsOf(set)
			if p.conflict(x, y, &l) != "" {
				key |= contradicted
			}
			own[key]++
		},
		func(own map[pattern]float64) error {
			for key, n := range own {
				all[key] += n
			}
			return nil
		})
	return inOrder(all), float64(every), err
}

func inOrder(all map[pattern]float64) []counted {
	list := make([]counted, 0, len(all))
	for key, n := range all {
		list = append(list, counted{key, n})
	}
	slices.SortFunc(list, func(a, b counted) int { return cmp.Compare(a.pattern, b.pattern) })
	return list
}

// hashes returns a number for each person that depends on its texts alone.
func (p *Population) hashes() []uint64 {
	all := make([]uint64, p.Len())
	k := keyer{p: p}
	for person := range int32(p.Len()) {
		k.buf = k.buf[:0]
		for f := range fieldCount {
			k.whole(person, f)
		}
		all[person] = xxh3.Hash(k.buf)
	}
	return all
}

// mix spreads the bits of a sum of hashes (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
