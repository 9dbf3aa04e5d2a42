package match

import "math"

// frequencies are how often a text is that of another person: what agreement in just this text is worth.
type frequencies struct {
	texts  [fieldCount][]float32 // natural log, by value; nil: all texts of the field count alike
	years  map[uint16]float64
	months map[[2]uint16]float64
	births []birth
}

// frequencies counts. Of the records with a text two are the pair itself; a text that no other has is taken to be as rare as one
// more record would make it, or as the field is in all.
func (p *Population) frequencies(u *table) frequencies {
	f := frequencies{births: p.births}
	n := float64(p.Len())
	for a := range aspectCount {
		if a == onSex || a == onState || a == onBirthPart {
			continue
		}
		some := min(1, n*u[a][exact])
		counts := p.dicts[fieldOf[a]].counts
		f.texts[fieldOf[a]] = make([]float32, len(counts))
		for v, c := range counts {
			f.texts[fieldOf[a]][v] = float32(math.Log(max(rarest, (max(0, float64(c)-2)+some)/n)))
		}
	}
	c := p.calendar()
	f.years, f.months = map[uint16]float64{}, map[[2]uint16]float64{}
	for year, n := range c.years {
		f.years[year] = math.Log(n / c.total)
	}
	for month, n := range c.months {
		f.months[month] = math.Log(max(n-1, 1) / c.total)
	}
	return f
}

// of returns the log chance that a random person agrees as the pair does, where it depends on the text; not ok: use u.
func (f *frequencies) of(a aspect, l level, x, y *[fieldCount]uint32) (log float64, ok bool) {
	field := fieldOf[a]
	switch {
	case a == onBirthPart:
		b, c := f.births[x[birthDate]], f.births[y[birthDate]]
		if l == alikeLevel {
			return f.years[b.year], true
		}
		log, ok = f.months[[2]uint16{b.year, b.month}]
		return max(log, f.months[[2]uint16{c.year, c.month}]), ok && l == exact
	case l != exact || f.texts[field] == nil || x[field] != y[field]:
		return 0, false
	}
	return float64(f.texts[field][x[field]]), true
}

// weights are the logs of a pair's ratios in each aspect: one person against two, and one household against two.
type weights struct {
	one, house [aspectCount]float64
}

// scale is the logs of the tables of an estimate.
type scale struct {
	*estimate
	m, u, h table
	one     float64 // log odds of one person, and of one household, before anything is known
	house   float64
}

func (e *estimate) scale() *scale {
	s := &scale{estimate: e, one: math.Log(e.duplicates / e.pairs), house: math.Log(e.households / e.pairs)}
	for a := range aspectCount {
		for l := exact; l < levelCount; l++ {
			s.m[a][l], s.u[a][l], s.h[a][l] = math.Log(e.m[a][l]), math.Log(e.u[a][l]), math.Log(e.h[a][l])
		}
	}
	return s
}

func (s *scale) weigh(l *levels, x, y *[fieldCount]uint32) (w weights) {
	for a := range aspectCount {
		level := l[a]
		if level == null {
			continue
		}
		u, h := s.u[a][level], s.h[a][level]
		if own, ok := s.frequency.of(a, level, x, y); ok {
			u, h = own, max(h, own)
			if a == onSSN || a == onMRN {
				h = own
			}
		}
		w.one[a], w.house[a] = s.m[a][level]-u, h-u
	}
	return w
}

// judge returns the log odds of one person against two; below least it may return too much, but not least.
func (s *scale) judge(w *weights, l *levels, least float64) float64 {
	one, house := s.one, s.house
	for _, weight := range w.one {
		one += weight
	}
	if one < least {
		return one // a household makes it less
	}
	for a := range aspectCount {
		if apart>>a&1 == 0 {
			house += w.house[a]
		}
	}
	house += math.Log(oneShared(math.Exp(w.house[onFirst]), math.Exp(w.house[onBirth]+w.house[onBirthPart]), l[onFirst]))
	if house > 30 {
		return one - house
	}
	return one - math.Log1p(math.Exp(house))
}

var matchOdds, reviewOdds = odds(matchFrom), odds(reviewFrom)

func odds(chance float64) float64 { return math.Log(chance / (1 - chance)) }

func chance(odds float64) float64 { return 1 / (1 + math.Exp(-odds)) }
