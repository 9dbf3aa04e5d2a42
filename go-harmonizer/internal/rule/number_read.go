package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// numeral is what a number as written was read as.
type numeral struct {
	text     []byte // plain decimal; nil: it cannot be read
	rule     string // that says so: STD-NUM-1, or STD-NUM-3 where a mark was weighed
	severity record.Severity
	message  string
}

// apply makes the numeral the output of the cell, or keeps the cell when it could not be read.
func (n numeral) apply(c *Cell) {
	if n.text == nil {
		c.Keep(n.rule, n.severity, n.message)
		return
	}
	c.SetAs(n.rule, n.text, n.severity, n.message)
}

func notNumeric() numeral {
	return numeral{rule: "STD-NUM-1", severity: record.Error, message: "not a number"}
}

func unreadable(message string) numeral {
	return numeral{rule: "STD-NUM-3", severity: record.Error, message: message}
}

// numberReader reads the numbers of one column. The zero value reads by rule STD-NUM-1 with the warning of an unproved column.
type numberReader struct{ mark mark }

func readerOf(c *Column) numberReader { return numberReader{markOf(c)} }

// read reads a number that lexNumber found. The text of the result may be number itself.
func (r numberReader) read(bytes room, number []byte) numeral {
	if r.isPlain(number) {
		return numeral{text: number, rule: "STD-NUM-1", severity: record.Information, message: "standardized"}
	}
	w := cutNumber(number)
	comma := has(w.digits, ',')
	point, other := fit(w.digits, '.', ','), fit(w.digits, ',', '.')
	asPoint := numeral{rule: "STD-NUM-1", severity: record.Information, message: "standardized"}
	switch r.choose(comma, point, other) {
	case byPoint:
	case byPointWarned:
		asPoint = numeral{rule: "STD-NUM-3", severity: record.Warning, message: "comma read as thousands mark, not as decimal mark; the column proves neither"}
	case byComma:
		return r.readComma(bytes, w, comma)
	case undecided:
		return unreadable("comma may be decimal or thousands mark; kept")
	default:
		if comma || point.ok || other.ok {
			return unreadable("not readable with the decimal mark of the column; kept")
		}
		return notNumeric()
	}
	asPoint.text = w.plain(bytes, '.')
	return asPoint
}

// readComma reads a number under a decimal comma.
func (r numberReader) readComma(bytes room, w written, comma bool) numeral {
	n := numeral{text: w.plain(bytes, ','), rule: "STD-NUM-3", severity: record.Warning, message: "comma read as decimal mark, not as thousands mark"}
	if !comma {
		n.message = "point read as thousands mark, not as decimal mark"
	}
	if r.mark == markCommaGiven {
		n.severity, n.message = record.Information, "decimal comma, as the job says"
	}
	if !comma && !has(w.digits, '.') {
		n.rule, n.severity, n.message = "STD-NUM-1", record.Information, "standardized"
	}
	return n
}

// isPlain tells whether a text is a number that is output as it is, which is quickly seen.
func (r numberReader) isPlain(text []byte) bool {
	return isPlain(text, r.mark == markComma || r.mark == markCommaGiven)
}

type choice uint8

const (
	byNothing choice = iota
	byPoint
	byPointWarned
	byComma
	undecided
)

// choose decides between the readings of one number under a decimal point and under a decimal comma.
func (r numberReader) choose(comma bool, point, other form) choice {
	switch r.mark {
	case markHarmonizedComma:
		return byNothing
	case markHarmonized:
		if comma {
			return undecided
		}
	case markCommaGiven, markComma:
		if other.ok {
			return byComma
		}
		return byNothing
	case markUnproved, markBoth:
		if other.proves() {
			return byComma
		}
		if lone := point.ok && point.groups == 1 && point.fraction == 0; lone && r.mark == markBoth {
			return undecided
		} else if lone {
			return byPointWarned
		}
	}
	if point.ok {
		return byPoint
	}
	return byNothing
}

// isPlain tells whether text, which is not empty, is a number as rule 0.8 wants it. Under a decimal comma only whole numbers are.
func isPlain(number []byte, whole bool) bool {
	i, point := 0, false
	if number[0] == '-' {
		i = 1
	}
	if i == len(number) || number[i] == '.' || i == 1 && isZero(number) {
		return false
	}
	for ; i < len(number); i++ {
		if b := number[i]; b == '.' && !point && !whole && i+1 < len(number) {
			point = true
		} else if b-'0' >= 10 {
			return false
		}
	}
	return true
}
