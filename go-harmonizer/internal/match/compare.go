package match

// aspect is something that a pair of persons is compared in; birth dates that are not whole are an aspect of their own, so that a
// year in common is worth a year.
type aspect uint8

const (
	onFirst aspect = iota
	onLast
	onBirth
	onBirthPart
	onSex
	onAddress
	onZip
	onCity
	onState
	onPhone
	onSSN
	onMRN
	aspectCount
)

// fieldOf is the field of each aspect.
var fieldOf = [aspectCount]field{first, last, birthDate, birthDate, sex, address, zip, city, state, phone, ssn, mrn}

var aspectNames = func() (names [aspectCount]string) {
	for a, f := range fieldOf {
		names[a] = fieldNames[f]
	}
	names[onBirthPart] = "birth_date (partial)"
	return names
}()

// level is how far a pair agrees in an aspect.
type level = uint8

// The levels. Not every aspect has all of them.
const (
	null       level = iota // one of the two tells nothing
	exact                   // the same text
	near                    // a typo
	alikeLevel              // much the same, a short form, or a part
	crossed                 // first against last name, day against month
	differ
	levelCount
)

// levels are the levels of a pair in all aspects.
type levels [aspectCount]level

// Similarities from which two texts are near or similar.
const (
	nearFrom        = 0.90 // rule DED-5
	similarFrom     = 0.80 // rule DED-3
	nearAddress     = 0.95
	similarAddress  = 0.90
	identifierBytes = 7 // of an SSN text that may identify, kept or not: the last four digits do not
	identifierMost  = 20
)

// compare finds the levels of a pair.
func (p *Population) compare(x, y int32) (l levels) {
	a, b := p.row(x), p.row(y)
	l[onFirst] = p.compareFirst(a[first], b[first])
	l[onLast] = p.compareLast(a[last], b[last])
	if l[onLast] == differ && (l[onFirst] == differ || l[onFirst] == alikeLevel) {
		p.crosswise(a, b, &l)
	}
	p.compareBirths(a[birthDate], b[birthDate], &l)
	l[onSex] = same(a[sex], b[sex])
	l[onAddress] = p.compareText(address, a[address], b[address], nearAddress, similarAddress)
	l[onZip] = p.compareCode(zip, a[zip], b[zip])
	l[onCity] = p.compareText(city, a[city], b[city], nearFrom, nearFrom)
	l[onState] = same(a[state], b[state])
	l[onPhone] = p.compareCode(phone, a[phone], b[phone])
	l[onSSN] = p.compareCode(ssn, a[ssn], b[ssn])
	l[onMRN] = same(a[mrn], b[mrn])
	return l
}

// row returns the value numbers of a person.
func (p *Population) row(person int32) *[fieldCount]uint32 {
	return (*[fieldCount]uint32)(p.ids[int(person)*int(fieldCount):])
}

func same(a, b uint32) level {
	switch {
	case a == 0 || b == 0:
		return null
	case a == b:
		return exact
	}
	return differ
}

func (p *Population) compareFirst(a, b uint32) level {
	l := p.compareText(first, a, b, nearFrom, similarFrom)
	if l == differ && (p.nicknames(a, b) || p.contains(first, a, b)) {
		return alikeLevel
	}
	return l
}

func (p *Population) compareLast(a, b uint32) level {
	l := p.compareText(last, a, b, nearFrom, similarFrom)
	if l == differ && p.contains(last, a, b) {
		return alikeLevel
	}
	return l
}

// compareText compares texts by Jaro–Winkler.
func (p *Population) compareText(f field, a, b uint32, nearFrom, similarFrom float64) level {
	l := same(a, b)
	if l != differ {
		return l
	}
	switch s := p.alike(f, a, b, similarFrom); {
	case s >= nearFrom:
		return near
	case s > 0:
		return alikeLevel
	}
	return differ
}

// compareCode compares texts in which one typo says as much as in any other place.
func (p *Population) compareCode(f field, a, b uint32) level {
	l := same(a, b)
	if l == differ && oneEdit(p.dicts[f].text(a), p.dicts[f].text(b)) {
		return near
	}
	return l
}

// crosswise compares first with last names where neither agrees with its like. When both agree crosswise, one of them roughly at
// least, the last name takes their level; when one does, the last names agree so and the first names differ.
func (p *Population) crosswise(a, b *[fieldCount]uint32, l *levels) {
	one, two := p.across(a[first], b[last]), p.across(b[first], a[last])
	switch {
	case one == exact && two == exact:
		l[onFirst], l[onLast] = crossed, exact
	case one == differ && two == differ || one == alikeLevel && two == alikeLevel:
	case one == differ || two == differ:
		if one == alikeLevel || two == alikeLevel {
			return
		}
		l[onFirst], l[onLast] = differ, crossed
	default:
		l[onFirst], l[onLast] = crossed, near
	}
}

// across compares a first with a last name.
func (p *Population) across(a, b uint32) level {
	switch s := alike(&p.dicts[first], a, &p.dicts[last], b, similarFrom); {
	case s == 1:
		return exact
	case s >= nearFrom:
		return near
	case s > 0 || isInitial(p.forms[a], p.dicts[last].text(b)) || initialOf(p.dicts[last].text(b)) == head(p.dicts[first].text(a), 1):
		return alikeLevel
	}
	return differ
}

// compareBirths compares birth dates: whole ones in one aspect, others in the other.
func (p *Population) compareBirths(a, b uint32, l *levels) {
	switch p.births[a].compare(p.births[b]) {
	case birthsEqual:
		l[onBirth] = exact
	case birthsTypo:
		l[onBirth] = near
	case birthsSwapped:
		l[onBirth] = crossed
	case birthsDiffer:
		l[onBirth] = differ
	case birthsSameMonth:
		l[onBirthPart] = exact
	case birthsSameYear:
		l[onBirthPart] = alikeLevel
	case birthsOtherPart:
		l[onBirthPart] = differ
	default:
		l[onBirth] = p.keptBirths(a, b)
	}
}

// keptBirths compares texts that are no dates: equal ones agree, others tell nothing.
func (p *Population) keptBirths(a, b uint32) level {
	if a != 0 && a == b {
		return exact
	}
	return null
}

func agrees(l level) bool { return l != null && l != differ }
