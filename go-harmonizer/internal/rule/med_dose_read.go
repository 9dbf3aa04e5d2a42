package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

const (
	noDose     = "not a number with a unit; kept"
	noDoseUnit = "no unit; kept"
)

// doseNumbers reads the numbers of doses. What a comma means is never decided by the column, and by the same parameters every time:
// the text stays in the output and is read again.
func doseNumbers(c *Column) numberReader {
	return readerOf(&Column{Params: c.Params})
}

// read reads n unit, n-m unit, n unit-m unit and n unit/[m] unit into d.dose. It returns what is wrong, if anything.
func (d *doser) read(bytes room, text []byte) (wrong string) {
	d.dose = dose{}
	var ok bool
	if d.dose.low, text, ok = d.number(bytes, text); !ok {
		return noDose
	}
	if rest, isRange := cutRangeMark(text); isRange {
		if d.dose.high, text, ok = d.number(bytes, rest); !ok {
			return noDose
		}
		wrong = d.dose.readUnits(text)
	} else if first, rest, isRange := cutSecondDose(text); isRange {
		wrong = d.readSecond(bytes, first, rest)
	} else {
		wrong = d.readBelow(bytes, text)
	}
	if wrong == "" && d.dose.high != nil && compareNumbers(d.dose.low, d.dose.high) > 0 {
		return "low dose above the high one; kept"
	}
	return wrong
}

// readSecond reads 500 mg-1000 mg: two doses in one unit.
func (d *doser) readSecond(bytes room, first, rest []byte) (wrong string) {
	var one dose
	var ok bool
	if d.dose.high, rest, ok = d.number(bytes, rest); !ok || one.readUnits(first) != "" {
		return noDose
	}
	if wrong = d.dose.readUnits(rest); wrong == "" && string(one.unit) != string(d.dose.unit) {
		return "two units; kept"
	}
	return wrong
}

// readBelow reads a unit and perhaps a ratio with a number below the line.
func (d *doser) readBelow(room room, text []byte) (wrong string) {
	above, below, isRatio := bytes.Cut(text, []byte{'/'})
	if !isRatio {
		return d.dose.readUnits(text)
	}
	if len(above) == 0 { // 1/2 may be a half, or one or two.
		return noDose
	}
	d.dose.per = oneBelow
	below = bytes.TrimLeft(below, " ")
	if n := numberEnd(below); n > 0 {
		var ok bool
		if d.dose.per, below, ok = d.number(room, below); !ok || !isAbove0(d.dose.per) {
			return noDose
		}
	}
	if wrong = d.dose.readUnit(above); wrong == "" {
		wrong = d.dose.readUnitBelow(below)
	}
	return wrong
}

var oneBelow = []byte("1")

// isAbove0 tells whether a plain decimal is positive.
func isAbove0(number []byte) bool { return number[0] != '-' && bytes.ContainsAny(number, "123456789") }

// number reads the number that text begins with, in digits or as a word, and returns the rest.
func (d *doser) number(bytes room, text []byte) (plain, rest []byte, ok bool) {
	if end := numberEnd(text); end > 0 {
		plain, ok = d.digits(bytes, text[:end])
		return plain, trimSpace(text[end:]), ok
	}
	end := 0
	for end < len(text) && (lower[text[end]]-'a' < 26 || text[end] >= 0x80) {
		end++
	}
	if plain = doseCounts.find(text[:end]); plain == nil {
		return nil, text, false
	}
	rest = trimSpace(text[end:])
	if string(plain) == "0.5" && hasFold(rest, "a ") {
		rest = rest[2:]
	}
	return plain, rest, true
}

// doseCounts are the numbers that are written as words.
var doseCounts = wordsOf(map[string]string{"1": "one", "2": "two", "3": "three", "4": "four", "0.5": "half;½"})

// digits reads a number in digits. A point that is easily overlooked is error-prone.
func (d *doser) digits(room room, text []byte) (plain []byte, ok bool) {
	n := d.numbers.read(room, text)
	if n.text == nil {
		return nil, false
	}
	if n.severity > d.dose.comma.severity && n.severity >= record.Warning {
		d.dose.comma = n
	}
	if text[0] == '.' || len(text) > 1 && text[1] == '.' && (text[0] == '-' || text[0] == '+') {
		d.dose.prone = "no zero before the point, which is easily overlooked"
	}
	plain = n.text
	if bytes.IndexByte(plain, '.') < 0 || plain[len(plain)-1] != '0' {
		return plain, true
	}
	d.dose.prone = "zero behind the point, which is easily overlooked"
	return bytes.TrimSuffix(bytes.TrimRight(plain, "0"), []byte{'.'}), true
}

func trimSpace(text []byte) []byte { return bytes.Trim(text, " ") }

// cutRangeMark cuts what stands between the bounds of a range: a hyphen, a dash or to.
func cutRangeMark(text []byte) (rest []byte, ok bool) {
	if len(text) > 0 && text[0] == '-' {
		return trimSpace(text[1:]), true
	}
	if n := dashLength(text); n > 0 {
		return trimSpace(text[n:]), true
	}
	if hasFold(text, "to ") {
		return trimSpace(text[3:]), true
	}
	return text, false
}

// dashLength returns the length of a dash or minus sign that text begins with (U+2010 to U+2015, U+2212), 0 for none.
func dashLength(text []byte) int {
	if len(text) >= 3 && text[0] == 0xe2 && (text[1] == 0x80 && text[2]-0x90 < 6 || text[1] == 0x88 && text[2] == 0x92) {
		return 3
	}
	return 0
}

// cutSecondDose cuts a unit off a dash with a number behind it.
func cutSecondDose(text []byte) (unit, rest []byte, ok bool) {
	for i := 1; i < len(text); i++ {
		if rest, ok := cutRangeMark(text[i:]); ok && numberEnd(rest) > 0 && rest[0] != '-' {
			return trimSpace(text[:i]), rest, true
		}
	}
	return nil, nil, false
}
