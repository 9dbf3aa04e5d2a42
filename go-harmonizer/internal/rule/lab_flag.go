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
	b := bounds{low: r.Usable(flagLow), high: r.Usable(flagHigh), highOpen: string(r.Text(flagHighOpen)) == "true"}
	if b.low == nil && b.high == nil || b.low != nil && b.high != nil && compareNumbers(b.low, b.high) > 0 {
		return
	}
	if expected, ok := b.direction(number, r.Text(flagComparator)); ok && expected != said {
		r.Note(flagFlag, "VAL-LAB-2", record.Warning, "the flag contradicts the value and its reference range")
	}
}

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
func (b bounds) direction(number, comparator []byte) (direction int, ok bool) {
	at := b.place(number)
	switch string(comparator) {
	case "":
		return at, true
	case "<":
		below := at
		if b.low != nil && compareNumbers(number, b.low) <= 0 {
			below = -1
		} else if at > 0 && b.high != nil && compareNumbers(number, b.high) <= 0 {
			below = 0 // the bound itself is outside, but all less than it is not
		}
		return below, below == b.least()
	case "<=":
		return at, at == b.least()
	case ">":
		above := at
		if b.high != nil && compareNumbers(number, b.high) >= 0 {
			above = 1
		}
		return above, above == b.greatest()
	}
	return at, at == b.greatest()
}

// place tells where exactly the number lies.
func (b bounds) place(number []byte) int {
	if b.low != nil && compareNumbers(number, b.low) < 0 {
		return -1
	}
	if b.high == nil {
		return 0
	}
	if c := compareNumbers(number, b.high); c > 0 || c == 0 && b.highOpen {
		return 1
	}
	return 0
}

// least is where the least of all numbers lies.
func (b bounds) least() int {
	if b.low != nil {
		return -1
	}
	return 0
}

// greatest is where the greatest of all numbers lies.
func (b bounds) greatest() int {
	if b.high != nil {
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
