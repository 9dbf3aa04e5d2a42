package rule

import "strconv"

// marks counts what proves the decimal mark of a column (rule STD-NUM-3).
type marks struct{ comma, point int64 }

// weighMarks makes an empty count for a column of numbers, numbers with units and comparators, or results.
func weighMarks(*Column) Weigher { return new(marks) }

// Add counts a text. Signs, comparators and units are set aside first.
func (m *marks) Add(text []byte, n int64) {
	cut, ok := lexNumber(text)
	if !ok || !isUnitLike(cut.tail) {
		return
	}
	digits := cutNumber(cut.number).digits
	switch {
	case fit(digits, ',', '.').proves():
		m.comma += n
	case fit(digits, '.', ',').proves():
		m.point += n
	}
}

// Merge adds another count.
func (m *marks) Merge(other Weigher) {
	o := other.(*marks)
	m.comma, m.point = m.comma+o.comma, m.point+o.point
}

// isUnitLike tells whether a tail may be a unit: one or two words that begin like one.
func isUnitLike(tail []byte) bool {
	if len(tail) == 0 {
		return true
	}
	spaces := 0
	for _, b := range tail {
		if b == ' ' {
			spaces++
		}
	}
	b := tail[0]
	return spaces <= 1 && (lower[b]-'a' < 26 || b == '%' || b == '/' || b == '[' || b == '{' || b >= 0x80)
}

// mark is how commas and points of a column are read.
type mark uint8

const (
	markUnproved   mark = iota // nothing proves anything: a comma is a thousands mark, with a warning
	markPoint                  // proved: decimal point
	markComma                  // proved: decimal comma
	markBoth                   // both are proved: what proves nothing itself is kept
	markPointGiven             // job parameter
	markCommaGiven
	markHarmonized      // output of an earlier run: what has a comma was kept
	markHarmonizedComma // and so was, under a decimal comma that is given, whatever is no plain number
)

// markOf decides for a column.
func markOf(c *Column) mark {
	m, given := marksOf(c), c.givenMark()
	switch {
	case c.Harmonized && given == ',':
		return markHarmonizedComma
	case c.Harmonized:
		return markHarmonized
	case given == ',':
		return markCommaGiven
	case given == '.':
		return markPointGiven
	case m == nil || m.comma == 0 && m.point == 0:
		return markUnproved
	case m.point == 0:
		return markComma
	case m.comma == 0:
		return markPoint
	}
	return markBoth
}

// describeMarks says for people what was decided.
func describeMarks(c *Column) Description {
	m := marksOf(c)
	if m == nil || m.comma == 0 && c.givenMark() == 0 {
		return Description{}
	}
	decision := [...]string{markComma: "comma", markBoth: "undecided, numbers such as 1,234 are kept", markPointGiven: "point, as the job says",
		markCommaGiven: "comma, as the job says"}[markOf(c)]
	return Description{Decisions: []string{"decimal mark: " + decision + " (" + strconv.FormatInt(m.comma, 10) + " values prove a comma, " +
		strconv.FormatInt(m.point, 10) + " a point)"}}
}
