package match

// scored is a field of the fixed model.
type scored struct {
	field     field
	weight    float64 // natural log of m/u
	threshold float64 // of Jaro–Winkler
}

// The fields that rule DED-5 scores, in the order of the book.
const (
	scoreAddress = iota
	scoreBirth
	scoreFirst
	scoreLast
	scoreZip
	scoreCity
	scoreCount
)

var fixedFields = [scoreCount]scored{
	scoreAddress: {address, 8.44, 0.90},
	scoreBirth:   {birthDate, 10.13, 0.95},
	scoreFirst:   {first, 6.85, 0.90},
	scoreLast:    {last, 6.35, 0.90},
	scoreZip:     {zip, 4.98, 0.95},
	scoreCity:    {city, 2.44, 0.92},
}

// Thresholds of the passes, and the share of one from which a pair is for review.
const (
	thresholdNames = 12.2
	thresholdB     = 17.0
	thresholdC     = 14.0
	reviewShare    = 0.8
)

const (
	namesOnly  = 1<<scoreFirst | 1<<scoreLast
	placeBirth = 1<<scoreAddress | 1<<scoreBirth
	allScored  = 1<<scoreCount - 1
	passesC    = 1<<passBirth | 1<<passNames | 1<<passZipLast | 1<<passZipFirst
)

// fixedRule is what a pass makes of the similarities of a pair.
type fixedRule struct {
	name      string
	passes    uint32 // that use it
	fields    uint   // that it scores
	threshold float64
	review    bool // it makes no matches
}

// fixedRules are in the order in which the first of equal classes is told.
var fixedRules = []fixedRule{
	{"A", 1 << passA, namesOnly, thresholdNames, false},
	{"B", 1 << passB, placeBirth, thresholdB, false},
	{"C", passesC, allScored, thresholdC, false},
	{"phone", 1 << passPhone, namesOnly, thresholdNames, true},
	{"ssn", 1 << passSSN, namesOnly, thresholdNames, true},
}

// similarities are Jaro–Winkler's of the scored fields, 0 where they do not reach their threshold.
type similarities struct {
	of     [scoreCount]float64
	across bool // names were compared first against last
}

func (p *Population) similarities(x, y int32) (s similarities) {
	a, b := p.row(x), p.row(y)
	for i, f := range fixedFields {
		s.of[i] = p.alike(f.field, a[f.field], b[f.field], f.threshold)
	}
	return s
}

// seenBy returns the similarities as a rule sees them: pass C compares first with last names where neither agrees.
func (p *Population) seenBy(r *fixedRule, x, y int32, s similarities) similarities {
	if r.fields != allScored || s.of[scoreFirst] != 0 || s.of[scoreLast] != 0 {
		return s
	}
	a, b := p.row(x), p.row(y)
	one := alike(&p.dicts[first], a[first], &p.dicts[last], b[last], fixedFields[scoreFirst].threshold)
	two := alike(&p.dicts[first], b[first], &p.dicts[last], a[last], fixedFields[scoreLast].threshold)
	s.across = true
	s.of[scoreFirst], s.of[scoreLast] = max(one, two), min(one, two) // so that it matters not which record is the first
	return s
}

// verdict is what a rule made of a pair; class 0: no match.
type verdict struct {
	class  Class
	rule   *fixedRule
	score  float64
	reason string
}

// judgeFixed gives a pair the best class over the passes that it shares a block in.
func (p *Population) judgeFixed(x, y int32, set uint32) (best verdict) {
	s := p.similarities(x, y)
	for i := range fixedRules {
		r := &fixedRules[i]
		if r.passes&set == 0 {
			continue
		}
		if v := r.judge(p.seenBy(r, x, y, s)); v.class != 0 && (best.class == 0 || v.class < best.class) {
			best = v
		}
	}
	return best
}

func (r *fixedRule) judge(s similarities) verdict {
	v := verdict{rule: r}
	agreeing := 0
	for i, f := range fixedFields {
		if r.fields&(1<<i) != 0 && s.of[i] > 0 {
			v.score += f.weight * s.of[i]
			agreeing++
		}
	}
	switch {
	case v.score < reviewShare*r.threshold:
		return v
	case v.score < r.threshold:
		v.reason = belowMatch
	case r.review:
		v.reason = reviewOnly
	case r.fields != allScored:
	case agreeing < 3:
		v.reason = fewFields
	case s.of[scoreFirst] == 0 && s.of[scoreLast] == 0:
		v.reason = noName
	}
	v.class = Match
	if v.reason != "" {
		v.class = Review
	}
	return v
}
