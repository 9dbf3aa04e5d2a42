package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// flagCheck is rule VAL-LAB-2: the flag says the same as the number and the reference range.
var flagCheck = RecordRule{
	Entities: []string{"lab_result"},
	Fields: []string{"abnormal_flag", "value_number", "value_comparator", "reference_low", "reference_high",
		"reference_high_exclusive"},
	Needs: []int{0, 1},
	Bind:  func(*File, *Params) func(*Row) { return checkFlag },
}

// The places in Fields.
const (
	flagFlag = iota
	flagNumber
	flagComparator
	flagLow
	flagHigh
	flagHighOpen
)

func checkFlag(r *Row) {
	said, ok := directionOf(r.Usable(flagFlag))
	number := r.Usable(flagNumber)
	if !ok || number == nil {
		return
	}
	l := normalRange{low: comparableOf(r.Usable(flagLow)), high: comparableOf(r.Usable(flagHigh)), highOpen: string(r.Text(flagHighOpen)) == "true"}
	if !l.hasLow() && !l.hasHigh() || l.hasLow() && l.hasHigh() && l.low.compare(&l.high) > 0 {
		return
	}
	n := comparableOf(number)
	if expected, ok := l.direction(&n, r.Text(flagComparator)); ok && expected != said {
		r.Note(flagFlag, "VAL-LAB-2", record.Warning, "the flag contradicts the value and its reference range")
	}
}

// normalRange is the bounds of a reference range to compare a number with.
type normalRange struct {
	low, high comparable
	highOpen  bool // the bound itself lies outside
}

func (l *normalRange) hasLow() bool  { return l.low.text != nil }
func (l *normalRange) hasHigh() bool { return l.high.text != nil }

// directionOf returns -1, 0 or 1 for flags that say low, normal or high.
func directionOf(flag []byte) (direction int, ok bool) {
	switch string(flag) {
	case "N":
		return 0, true
	case "L", "LL", "LU":
		return -1, true
	case "H", "HH", "HU":
		return 1, true
	}
	return 0, false
}

// direction tells where a number lies: -1 below the range, 0 in it, 1 above it. A compared number must lie there whatever it is.
func (l *normalRange) direction(number *comparable, comparator []byte) (direction int, ok bool) {
	at := l.place(number)
	switch string(comparator) {
	case "":
		return at, true
	case "<":
		below := at
		if l.hasLow() && number.compare(&l.low) <= 0 {
			below = -1
		} else if at > 0 && l.hasHigh() && number.compare(&l.high) <= 0 {
			below = 0 // the bound itself is outside, but all less than it is not
		}
		return below, below == l.least()
	case "<=":
		return at, at == l.least()
	case ">":
		above := at
		if l.hasHigh() && number.compare(&l.high) >= 0 {
			above = 1
		}
		return above, above == l.greatest()
	}
	return at, at == l.greatest()
}

// place tells where exactly the number lies.
func (l *normalRange) place(number *comparable) int {
	if l.hasLow() && number.compare(&l.low) < 0 {
		return -1
	}
	if !l.hasHigh() {
		return 0
	}
	if c := number.compare(&l.high); c > 0 || c == 0 && l.highOpen {
		return 1
	}
	return 0
}

// least is where the least of all numbers lies.
func (l *normalRange) least() int {
	if l.hasLow() {
		return -1
	}
	return 0
}

// greatest is where the greatest of all numbers lies.
func (l *normalRange) greatest() int {
	if l.hasHigh() {
		return 1
	}
	return 0
}

// boundCheck is the part of rule VAL-LAB-3 for bounds that have columns of their own.
var boundCheck = RecordRule{
	Entities: []string{"lab_result"},
	Fields:   []string{"reference_low", "reference_high"},
	Needs:    []int{0, 1},
	Bind: func(*File, *Params) func(*Row) {
		return func(r *Row) {
			if low, high := r.Usable(0), r.Usable(1); low != nil && high != nil && compareNumbers(low, high) > 0 {
				r.Note(0, "VAL-LAB-3", record.Error, "low bound is above high bound")
			}
		}
	},
}
