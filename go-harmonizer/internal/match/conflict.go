package match

import "unicode/utf8"

// Why two records are not one person's, whatever they score, and why a pair is for review.
const (
	cutBirths  = "cut: two birth dates"
	cutSSN     = "cut: two social security numbers"
	cutNames   = "cut: names do not agree"
	cutSuffix  = "cut: generations differ"
	cutTies    = "cut: agrees about as well with a record that contradicts the other"
	cutCluster = "cut: would join records that contradict each other"
	cutRivals  = "cut: others agree as much and are two persons"
	vetoSSN    = "veto: two valid social security numbers"
	vetoSuffix = "veto: generations differ"
	vetoTwins  = "veto: may be a multiple birth"
	belowMatch = "below the threshold of a match"
	fewFields  = "fewer than three fields agree"
	noName     = "no name agrees"
	reviewOnly = "found by a pass that is for review only"
)

// veto returns why a pair may not match though it scores well (rule DED-5), empty when nothing speaks against it. When
// lenient, short forms of a first name make no twins, nor do similar first names
// with the same MRN or an SSN that is one typo away.
func (p *Population) veto(x, y int32, l *levels, lenient bool) string {
	a, b := p.row(x), p.row(y)
	if p.valid[x] && p.valid[y] && a[ssn] != b[ssn] {
		return vetoSSN
	}
	if g, h := p.suffixes[a[suffix]], p.suffixes[b[suffix]]; g != 0 && h != 0 && g != h {
		return vetoSuffix
	}
	if p.twins(a, b, l, lenient) {
		return vetoTwins
	}
	return ""
}

// twins tells whether two records may be of a multiple birth: all the same but the first name, and no SSN in common.
func (p *Population) twins(a, b *[fieldCount]uint32, l *levels, lenient bool) bool {
	if a[birthDate] == 0 || a[birthDate] != b[birthDate] || l[onLast] == alikeLevel || !agrees(l[onLast]) ||
		!agrees(l[onAddress]) || a[first] == 0 || b[first] == 0 || a[ssn] != 0 && a[ssn] == b[ssn] {
		return false
	}
	switch l[onFirst] {
	case exact, near, crossed:
		return false
	case alikeLevel:
		return !lenient || l[onSSN] != near && l[onMRN] != exact && !p.nicknames(a[first], b[first]) && !p.contains(first, a[first], b[first])
	}
	return true
}

// conflict returns why two records contradict each other, empty when they do not. An SSN in common outweighs one birth date or one
// name, not both; one that is a typo away outweighs a birth date when both names agree.
func (p *Population) conflict(x, y int32, l *levels) string {
	a, b := p.row(x), p.row(y)
	if p.valid[x] && p.valid[y] && a[ssn] != b[ssn] {
		return cutSSN
	}
	if g, h := p.suffixes[a[suffix]], p.suffixes[b[suffix]]; g != 0 && h != 0 && g != h {
		return cutSuffix
	}
	identified := l[onSSN] == exact && p.identifies(a[ssn])
	if namesConflict(l, identified) {
		return cutNames
	}
	if birthsConflict(l) && !(identified && agrees(l[onFirst])) && !p.nearlyIdentified(l, a[ssn], b[ssn]) {
		return cutBirths
	}
	return ""
}

func (p *Population) nearlyIdentified(l *levels, a, b uint32) bool {
	return l[onSSN] == near && agrees(l[onFirst]) && agrees(l[onLast]) && p.identifies(a) && p.identifies(b)
}

func birthsConflict(l *levels) bool { return l[onBirth] == differ || l[onBirthPart] == differ }

// namesConflict tells whether names do not agree. A last name may change in a life, so another one alone is no contradiction when
// the birth date is the same.
func namesConflict(l *levels, identified bool) bool {
	switch {
	case l[onFirst] == differ && l[onLast] == differ:
		return true
	case l[onFirst] == differ:
		return !identified
	case l[onLast] == differ:
		return !identified && l[onBirth] != exact
	}
	return false
}

// identifies tells whether an SSN text is that of few records and long enough to be one person's.
func (p *Population) identifies(n uint32) bool {
	d := &p.dicts[ssn]
	return utf8.RuneCountInString(d.text(n)) >= identifierBytes && d.counts[n] <= identifierMost
}
