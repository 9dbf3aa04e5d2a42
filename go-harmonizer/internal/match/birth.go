package match

// birth is a birth date as far as it is known.
type birth struct {
	year, month, day uint16 // 0: not known
}

// parseBirth reads YYYY, YYYY-MM, YYYY-MM-DD (a time after it is left out) and YYYYMMDD, which an impossible date may be kept as.
// Another text, or a text that is none of these, has year 0.
func parseBirth(text string) (b birth) {
	n, end := len(text), 0
	if n >= 4 && digits(text[:4]) {
		b.year, end = number(text[:4]), 4
	}
	switch {
	case end == 0:
	case n == 8 && digits(text):
		b.month, b.day, end = number(text[4:6]), number(text[6:]), 8
	case n >= 7 && text[4] == '-' && digits(text[5:7]):
		b.month, end = number(text[5:7]), 7
		if n >= 10 && text[7] == '-' && digits(text[8:10]) {
			b.day, end = number(text[8:10]), 10
		}
	}
	if end < n && (end < 10 || text[end] != 't' && text[end] != ' ') {
		return birth{}
	}
	return b
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i]-'0' > 9 {
			return false
		}
	}
	return true
}

func number(text string) (n uint16) {
	for i := range len(text) {
		n = 10*n + uint16(text[i]-'0')
	}
	return n
}

// The ways two birth dates agree, or not.
const (
	birthsUnknown = iota // at least one is null or no date
	birthsEqual
	birthsTypo    // one digit other, or two neighbours swapped
	birthsSwapped // day and month
	birthsDiffer
	birthsSameMonth // all that both tell
	birthsSameYear  // all that both tell
	birthsOtherPart // what both tell is less than a date, and differs
)

// compare compares two dates at the precision they share. Less than a whole date is not forgiven a typo.
func (b birth) compare(c birth) int {
	switch {
	case b.year == 0 || c.year == 0:
		return birthsUnknown
	case b.month == 0 || c.month == 0:
		return either(b.year == c.year, birthsSameYear, birthsOtherPart)
	case b.day == 0 || c.day == 0:
		return either(b.year == c.year && b.month == c.month, birthsSameMonth, birthsOtherPart)
	case b == c:
		return birthsEqual
	case b.year == c.year && b.month == c.day && b.day == c.month:
		return birthsSwapped
	}
	return either(oneTypo(b.digits(), c.digits()), birthsTypo, birthsDiffer)
}

func either(ok bool, yes, no int) int {
	if ok {
		return yes
	}
	return no
}

func (b birth) digits() (d [8]byte) {
	for i, n := 7, uint32(b.year)*10000+uint32(b.month)*100+uint32(b.day); i >= 0; i, n = i-1, n/10 {
		d[i] = byte(n % 10)
	}
	return d
}

// oneTypo tells whether two dates differ in one digit or in the order of two neighbours.
func oneTypo(a, b [8]byte) bool {
	n, at := 0, 0
	for i := range a {
		if a[i] != b[i] {
			if n++; n == 1 {
				at = i
			}
		}
	}
	return n == 1 || n == 2 && at < 7 && a[at] == b[at+1] && a[at+1] == b[at]
}
