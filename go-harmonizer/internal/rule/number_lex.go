package rule

import "bytes"

// numeric is a text that begins with a number, in its parts.
type numeric struct {
	comparator string // < <= > >=, or "" for none and for equal (rule STD-NUM-2)
	compared   bool   // a comparator stands before the number, perhaps one for equal
	number     []byte // as written: sign, digits and marks, exponent
	tail       []byte // what follows, trimmed: "", a unit or something else
}

// lexNumber cuts a cleaned text. It tells whether there is a number after the comparator, if any; whether that can be read is for
// numberReader.read to say.
func lexNumber(text []byte) (numeric, bool) {
	var n numeric
	n.comparator, n.compared, text = cutComparator(text)
	end := numberEnd(text)
	if end == 0 {
		return numeric{}, false
	}
	n.number, n.tail = text[:end:end], bytes.TrimLeft(text[end:], " ")
	return n, true
}

// comparators are the ways to write one, longer ones first.
var comparators = []struct{ written, means string }{
	{"greater than", ">"}, {"less than", "<"}, {"up to", "<="},
	{"<=", "<="}, {">=", ">="}, {"=<", "<="}, {"=>", ">="}, {"≤", "<="}, {"≥", ">="},
	{"lt", "<"}, {"le", "<="}, {"gt", ">"}, {"ge", ">="}, {"eq", ""},
	{"<", "<"}, {">", ">"}, {"=", ""},
}

// canCompare are the bytes that comparators begin with.
var canCompare = func() (t [256]bool) {
	for _, c := range comparators {
		t[c.written[0]] = true
		if b := c.written[0]; 'a' <= b && b <= 'z' {
			t[b-'a'+'A'] = true
		}
	}
	return t
}()

// cutComparator cuts a comparator and the space behind it off the text.
func cutComparator(text []byte) (means string, found bool, rest []byte) {
	if len(text) == 0 || !canCompare[text[0]] {
		return "", false, text
	}
	for _, c := range comparators {
		if hasFold(text, c.written) {
			return c.means, true, bytes.TrimLeft(text[len(c.written):], " ")
		}
	}
	return "", false, text
}

// comparatorOf returns the comparator that a whole text means, such as a cell of a column of comparators.
func comparatorOf(text []byte) (means string, ok bool) {
	means, found, rest := cutComparator(text)
	return means, found && len(rest) == 0
}

// hasFold tells whether text begins with prefix, which is in lower case, whatever the case of its ASCII letters.
func hasFold(text []byte, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower[text[i]] != prefix[i] {
			return false
		}
	}
	return true
}

// numberEnd returns the length of the number that text begins with, 0 for none.
func numberEnd(text []byte) int {
	i, digits := 0, 0
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		i = 1
	}
	for ; i < len(text) && (text[i]-'0' < 10 || text[i] == '.' || text[i] == ','); i++ {
		if text[i]-'0' < 10 {
			digits++
		}
	}
	if digits == 0 {
		return 0
	}
	if n := exponentEnd(text[i:]); n > 0 && text[i-1]-'0' < 10 {
		return i + n
	}
	for text[i-1]-'0' >= 10 {
		i--
	}
	return i
}

// exponentEnd returns the length of [eE][+-]?\d{1,3} at the begin of text, 0 for none.
func exponentEnd(text []byte) int {
	if len(text) < 2 || lower[text[0]] != 'e' {
		return 0
	}
	i := 1
	if text[1] == '+' || text[1] == '-' {
		i = 2
	}
	from := i
	for i < len(text) && text[i]-'0' < 10 {
		i++
	}
	if n := i - from; n < 1 || n > 3 || i < len(text) && isWordByte(text[i]) {
		return 0
	}
	return i
}

func isWordByte(b byte) bool { return lower[b]-'a' < 26 || b == '.' || b == ',' }

// isRange tells whether text is two numbers with a hyphen between them, such as a count in a field of view (rule STD-NUM-2).
func isRange(text []byte) bool {
	first := numberEnd(text)
	if first == 0 {
		return false
	}
	rest := bytes.TrimLeft(text[first:], " ")
	if len(rest) == 0 || rest[0] != '-' {
		return false
	}
	rest = bytes.TrimLeft(rest[1:], " ")
	return len(rest) > 0 && numberEnd(rest) == len(rest)
}

// isApproximate tells whether text is a number said to be about right (rule STD-NUM-2).
func isApproximate(text []byte) bool {
	for _, sign := range []string{"~", "±", "approximately", "approx.", "approx"} {
		if hasFold(text, sign) {
			return numberEnd(bytes.TrimLeft(text[len(sign):], " ")) > 0
		}
	}
	return false
}
