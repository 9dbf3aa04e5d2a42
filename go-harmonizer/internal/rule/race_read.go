package rule

import "bytes"

// readRaces reads a cell: a race, a list of races, or a race with detail behind it. The set is empty when some part is none.
func readRaces(text []byte) raceSet {
	if r := raceWord(text); r != noRace {
		return 1 << r
	}
	set := raceSet(0)
	for len(text) > 0 {
		part := text
		if i := bytes.IndexAny(text, ";|"); i >= 0 {
			part, text = text[:i], text[i+1:]
		} else {
			text = nil
		}
		if part = bytes.TrimSpace(part); len(part) == 0 {
			continue
		}
		read := readRace(part)
		if read == 0 {
			return 0
		}
		set |= read
	}
	return set
}

// longestList bounds the ways in which a list without semicolons can be cut.
const longestList = 256

// readRace reads a part between semicolons: known races joined by / or and, else what stands before " - ", / or (.
func readRace(part []byte) raceSet {
	if len(part) <= longestList {
		if set := joinedRaces(part); set != 0 {
			return set
		}
	}
	end := len(part)
	for _, mark := range [...]string{" - ", "/", "("} {
		if i := bytes.Index(part[:end], []byte(mark)); i >= 0 {
			end = i
		}
	}
	if r := raceWord(bytes.TrimSpace(part[:end])); r != noRace {
		return 1 << r
	}
	return 0
}

// joinedRaces reads known races joined by / or and. It tries the longest words first, because some have these marks inside.
func joinedRaces(part []byte) raceSet {
	if r := raceWord(part); r != noRace {
		return 1 << r
	}
	for i := len(part) - 1; i > 0; i-- {
		n := raceMark(part[i:])
		if n == 0 {
			continue
		}
		if r := raceWord(part[i+n:]); r != noRace {
			if set := joinedRaces(part[:i]); set != 0 {
				return set | 1<<r
			}
		}
	}
	return 0
}

// raceMark returns the length of the separator that text begins with, 0: none.
func raceMark(text []byte) int {
	const and = " and "
	switch {
	case text[0] == '/':
		return 1
	case len(text) > len(and) && bytes.EqualFold(text[:len(and)], []byte(and)):
		return len(and)
	}
	return 0
}

// networkRaces are the codes of the PCORnet common data model, version 6.1, table DEMOGRAPHIC, column RACE.
var networkRaces = map[string]race{"01": americanIndian, "02": asian, "03": black, "04": pacificIslander, "05": white,
	"06": multipleRaces, "07": declinedRace, "NI": unknownRace, "UN": unknownRace, "OT": otherRace}

func networkRace(text []byte) race { return networkRaces[string(text)] }

// raceCodes weighs whether a column holds the two-digit codes of PCORnet, whose letters decide nothing.
type raceCodes struct{ codes, words int64 }

// Add counts a text n times.
func (w *raceCodes) Add(text []byte, n int64) {
	switch {
	case networkRace(text) == noRace:
		w.words += n
	case text[0] == '0':
		w.codes += n
	}
}

// Merge adds what another weigher of the column counted.
func (w *raceCodes) Merge(other Weigher) {
	o := other.(*raceCodes)
	w.codes, w.words = w.codes+o.codes, w.words+o.words
}

// decides tells that at least 95 of 100 values are such codes.
func (w *raceCodes) decides() bool { return w.codes > 0 && w.codes*100 >= (w.codes+w.words)*95 }
