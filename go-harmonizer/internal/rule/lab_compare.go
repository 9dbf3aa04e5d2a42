package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"

// compareNumbers compares two plain numbers, without allocating unless they are long.
func compareNumbers(a, b []byte) int {
	x, places, ok := shortNumber(a)
	y, others, also := shortNumber(b)
	for ; ok && also && places < others; places++ {
		x *= 10
	}
	for ; ok && also && others < places; others++ {
		y *= 10
	}
	switch {
	case !ok || !also:
		return compareLong(a, b)
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// shortNumber reads up to 9 digits, so that two of them stay within an int64 when they are brought to the same places.
func shortNumber(text []byte) (digits int64, places int, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 10 {
		return 0, 0, false
	}
	point := -1
	for i, b := range text {
		switch {
		case b == '.' && point < 0:
			point = i
		case b-'0' < 10:
			digits = digits*10 + int64(b-'0')
		default:
			return 0, 0, false
		}
	}
	if point >= 0 {
		places = len(text) - 1 - point
	}
	if negative {
		digits = -digits
	}
	return digits, places, true
}

// compareLong is compareNumbers for any length. What is no number is equal to everything.
func compareLong(a, b []byte) int {
	var x, y decimal.Number
	if !x.Parse(a) || !y.Parse(b) {
		return 0
	}
	return x.Cmp(&y)
}
