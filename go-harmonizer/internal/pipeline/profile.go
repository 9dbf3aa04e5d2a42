package pipeline

import (
	"cmp"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

const (
	distinctMost = 100_000 // distinct values that are counted exactly (rule DQ-4)
	shapesMost   = 1_000   // shapes that are counted
	shapesShown  = 10
)

// profile is what Inspect tells of one column, without values.
type profile struct {
	values, nulls int64
	distinct      map[uint64]struct{}
	more          bool // distinct is a lower bound
	shapes        map[string]int64
	buf           []byte
}

func newProfiles(n int) []*profile {
	all := make([]*profile, n)
	for i := range all {
		all[i] = &profile{distinct: map[uint64]struct{}{}, shapes: map[string]int64{}}
	}
	return all
}

func (p *profile) add(v *record.Value) {
	if v.Text == nil {
		p.nulls++
		return
	}
	p.values++
	if len(p.distinct) < distinctMost {
		p.distinct[xxh3.Hash(v.Text)] = struct{}{}
	} else if _, ok := p.distinct[xxh3.Hash(v.Text)]; !ok {
		p.more = true
	}
	p.buf = shape(p.buf[:0], v.Text)
	if n, ok := p.shapes[string(p.buf)]; ok || len(p.shapes) < shapesMost {
		p.shapes[string(p.buf)] = n + 1
	}
}

const shapeMost = 40 // bytes of a shape

// shape appends a text with letters as A and digits as 9.
func shape(to, text []byte) []byte {
	for _, r := range string(text) {
		switch {
		case r >= '0' && r <= '9':
			to = append(to, '9')
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r > 127:
			to = append(to, 'A')
		default:
			to = append(to, byte(r))
		}
		if len(to) >= shapeMost {
			return append(to, "..."...)
		}
	}
	return to
}

func (p *profile) merge(o *profile) {
	p.values, p.nulls, p.more = p.values+o.values, p.nulls+o.nulls, p.more || o.more
	for h := range o.distinct {
		p.distinct[h] = struct{}{}
	}
	if len(p.distinct) > distinctMost {
		p.more = true
	}
	for s, n := range o.shapes {
		p.shapes[s] += n
	}
}

// ShapeCount is one shape of values and how often it stands.
type ShapeCount struct {
	Shape string
	Count int64
}

func (p *profile) top() []ShapeCount {
	var all []ShapeCount
	for s, n := range p.shapes {
		all = append(all, ShapeCount{s, n})
	}
	slices.SortFunc(all, func(a, b ShapeCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Shape, b.Shape)) })
	return all[:min(len(all), shapesShown)]
}
