package match

// cell is what a pair does not tell, where its names or its birth date and place agree: pairs that tell it, and by it are of two
// persons, show how far it may be trusted. The fixed weights cannot: they are the same in a file full of fathers and sons.
type cell uint8

const (
	noCell     cell = iota
	otherBirth      // names agree, birth dates contradict; from here on, three cells each: see place
	_
	_
	noBirth // names agree, one of the birth dates is missing
	_
	_
	partBirth // names agree, and the year of birth, and nothing more of it is known
	_
	_
	nearBirth // names agree, and birth dates but for a typo
	_
	_
	sameBirth // names agree, and birth dates
	_
	_
	otherFirst // last name, birth date and address agree, first names do not
	noFirst    // last name, birth date and address agree, one of the first names is missing
	cellCount
)

// The grades of place: how far the addresses of a pair agree.
const (
	elsewhere = iota
	inTown
	inStreet
)

func place(l *levels) cell {
	switch {
	case agrees(l[onAddress]):
		return inStreet
	case agrees(l[onZip]) || agrees(l[onCity]):
		return inTown
	}
	return elsewhere
}

// rivalsOf returns the cell whose pairs are of two persons, and the share of those that would look like a pair of this cell by
// chance: a year is one of about 60, one typo makes some 35 dates of 30,000, and one of these is the same. Namesakes of one street are of two generations, and
// their years are not one by chance.
func rivalsOf(c cell) (rivals cell, share float64) {
	switch {
	case c == noFirst:
		return otherFirst, 1
	case c == partBirth+inStreet || c == nearBirth+inStreet:
		return otherBirth + inStreet, 1. / 1000
	case c >= sameBirth && c < otherFirst:
		return otherBirth + c - sameBirth, 1. / 30_000
	case c >= nearBirth && c < sameBirth:
		return otherBirth + c - nearBirth, 1. / 850
	case c >= partBirth && c < nearBirth:
		return otherBirth + c - partBirth, 1. / 60
	case c >= noBirth && c < partBirth:
		return otherBirth + c - noBirth, 1
	}
	return noCell, 0
}

// trusted is the most of the matches of a cell that may be of two persons.
const trusted = 0.03

func cellOf(l *levels) cell {
	at := place(l)
	switch {
	case l[onSSN] == exact || l[onMRN] == exact:
		return noCell
	case agrees(l[onLast]) && agrees(l[onBirth]) && agrees(l[onAddress]) && (l[onFirst] == null || l[onFirst] == differ):
		return eitherCell(l[onFirst] == null, noFirst, otherFirst)
	case !agrees(l[onFirst]) || !agrees(l[onLast]):
		return noCell
	case birthsConflict(l):
		return otherBirth + at
	case l[onBirthPart] != null:
		return partBirth + at
	case l[onBirth] == null:
		return noBirth + at
	case l[onBirth] != exact:
		return nearBirth + at
	}
	return sameBirth + at
}

func eitherCell(ok bool, yes, no cell) cell {
	if ok {
		return yes
	}
	return no
}

// doubt makes reviews of the matches of a cell when its rivals are too many for it.
func (c *catch) doubt() {
	var matches [cellCount]float64
	for i := range c.found {
		if c.found[i].class == Match {
			matches[c.found[i].rival]++
		}
	}
	for i := range c.found {
		f := &c.found[i]
		if rivals, share := rivalsOf(f.rival); f.class == Match && share*c.cells[rivals] > trusted*matches[f.rival] {
			f.object(cutRivals)
		}
	}
}
