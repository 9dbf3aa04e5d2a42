package match

// household are the aspects that two persons who live together share as one person's records do.
const household = 1<<onLast | 1<<onAddress | 1<<onZip | 1<<onCity | 1<<onState | 1<<onPhone

// apart are the aspects in which two persons of a household are told apart: they may share a name, as father and son, or a birth
// date, as twins, and hardly both.
const apart = 1<<onFirst | 1<<onBirth | 1<<onBirthPart

// namesakeTwins is how much rarer twins of one first name are than chance would make them.
const namesakeTwins = 0.02

// oneShared joins the ratios of first name and birth date of a household: one of them is shared, or neither.
func oneShared(name, birth float64, l level) float64 {
	twins := max(0, birth-1)
	if l == exact {
		twins *= namesakeTwins
	}
	return 1 + max(0, name-1) + twins
}

// live estimates h. Households are known by pairs that contradict themselves: from those with two birth dates it learns how often
// a first name is shared (fathers and sons), from those with two first names how often a birth date is (twins).
func (e *estimate) live(all []counted) {
	e.h = e.u
	for a := range aspectCount {
		if household>>a&1 != 0 {
			e.h[a] = e.m[a]
		}
	}
	shared := ratios(&e.h, &e.u, ^uint32(household))
	var names, births [levelCount]float64
	for _, c := range all {
		if l := c.pattern.level(onSSN); c.pattern&contradicted == 0 || agrees(l) {
			continue // not two persons for certain
		}
		odds := e.households / e.pairs
		for a := range aspectCount {
			odds *= shared[a][c.pattern.level(a)]
		}
		n, l := c.pairs*odds/(1+odds), c.pattern.levels()
		if birthsConflict(&l) {
			names[l[onFirst]] += n
		}
		if l[onFirst] == differ {
			births[l[onBirth]] += n
		}
	}
	lean(&e.h[onFirst], &names)
	lean(&e.h[onBirth], &births)
	for _, l := range []level{exact, alikeLevel} {
		e.h[onBirthPart][l] = min(0.9, e.u[onBirthPart][l]+e.h[onBirth][exact])
	}
}

// lean moves probabilities towards what was seen.
func lean(h, seen *[levelCount]float64) {
	n := leaning
	for l := exact; l < levelCount; l++ {
		n += seen[l]
	}
	for l := exact; l < levelCount; l++ {
		h[l] = max(rarest, (seen[l]+leaning*h[l])/n)
	}
}
