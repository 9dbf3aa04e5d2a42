package rule

import "bytes"

// rangeCut is a range in its parts as written: bounds that are nil where there is none, and what follows.
type rangeCut struct {
	low, high         []byte
	lowOpen, highOpen bool
	tail              []byte
}

// cutRange cuts a-b, a to b, [a,b], (a-b), a comparator with a number, and each of them followed by something (rule STD-REF-1).
func cutRange(text []byte) (rangeCut, bool) {
	if cut, ok := lexNumber(text); ok && cut.compared {
		return cutOneSided(cut)
	}
	closing := byte(0)
	switch text[0] {
	case '[':
		closing = ']'
	case '(':
		closing = ')'
	}
	if closing == 0 {
		return cutTwoSided(text)
	}
	end := bytes.IndexByte(text, closing)
	if end < 0 {
		return rangeCut{}, false
	}
	inner := bytes.Trim(text[1:end], " ")
	cut, ok := cutTwoSided(inner)
	if comma := commaBetween(inner); comma >= 0 && closing == ']' {
		cut, ok = cutAt(inner, comma, 1)
	}
	ok = ok && len(cut.tail) == 0
	cut.tail = bytes.TrimLeft(text[end+1:], " ")
	return cut, ok
}

func cutOneSided(n numeric) (rangeCut, bool) {
	cut := rangeCut{tail: n.tail}
	switch n.comparator {
	case "<", "<=":
		cut.high, cut.highOpen = n.number, n.comparator == "<"
	case ">", ">=":
		cut.low, cut.lowOpen = n.number, n.comparator == ">"
	default:
		return cut, false
	}
	return cut, true
}

// cutTwoSided cuts at a hyphen or "to" between two numbers.
func cutTwoSided(text []byte) (rangeCut, bool) {
	first := numberEnd(text)
	at := first
	for at < len(text) && text[at] == ' ' {
		at++
	}
	switch rest := text[at:]; {
	case first == 0 || len(rest) == 0:
		return rangeCut{}, false
	case rest[0] == '-':
		return cutAt(text, at, 1)
	case hasFold(rest, "to") && at > first && len(rest) > 2 && rest[2] == ' ':
		return cutAt(text, at, 2)
	}
	return rangeCut{}, false
}

// cutAt cuts at a separator of n bytes: nothing but a number may stand before it.
func cutAt(text []byte, at, n int) (rangeCut, bool) {
	low, high := bytes.TrimRight(text[:at], " "), bytes.TrimLeft(text[at+n:], " ")
	end := numberEnd(high)
	if end == 0 || numberEnd(low) != len(low) || len(low) == 0 {
		return rangeCut{}, false
	}
	return rangeCut{low: low, high: high[:end:end], tail: bytes.TrimLeft(high[end:], " ")}, true
}

// commaBetween returns the place of the comma that separates two numbers: the only one, or the only one before a space; -1: none.
func commaBetween(text []byte) int {
	if bytes.Count(text, []byte(", ")) == 1 {
		return bytes.Index(text, []byte(", "))
	}
	if bytes.Count(text, []byte(",")) == 1 {
		return bytes.IndexByte(text, ',')
	}
	return -1
}
