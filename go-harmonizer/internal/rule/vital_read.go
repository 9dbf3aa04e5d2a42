package rule

import (
	"bytes"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/ucum"
)

// vitalReading is a cell as it was read.
type vitalReading struct {
	number numeral // as written
	said   []byte  // canonical unit in the text; nil: none
	feet   bool    // written in feet and inches
}

// read finds the number of a cell, of a half of it when it is split, and the unit behind it. If there is none it keeps the cell.
func (r *vitalReader) read(c *Cell, t *vitalType) (read vitalReading, ok bool) {
	if part := c.Peer(2); part != nil {
		return readHalf(c, part)
	}
	switch {
	case t == nil:
	case t.token == bloodPressure:
		c.Keep("STD-VIT-2", record.Error, "not two numbers, systolic and diastolic")
		return read, false
	case t.units[string(inch)] != nil:
		if inches, ok := feetAndInches(c.Bytes, c.Text); ok {
			return vitalReading{numeral{inches, "STD-VIT-3", record.Information, "standardized"}, inch, true}, true
		}
	}
	cut, ok := lexNumber(c.Text)
	if ok && len(cut.tail) > 0 {
		unit := ucum.Read(cut.tail, ucum.Anything)
		read.said, ok = unit.Unit, !unit.Bare && !unit.Depends
	}
	if !ok || cut.comparator != "" || len(cut.tail) > 0 && read.said == nil {
		c.Keep("STD-VIT-3", record.Error, "not a number")
		return read, false
	}
	read.number = r.numbers.read(c.Bytes, cut.number)
	if read.number.text == nil {
		read.number.apply(c)
	}
	return read, read.number.text != nil
}

// readHalf makes the cell the half of a blood pressure that the record is (rule STD-VIT-2).
func readHalf(c *Cell, part []byte) (read vitalReading, ok bool) {
	p, ok := cutPressure(c.Text)
	switch {
	case !ok:
		c.Keep("STD-VIT-2", record.Error, "not two numbers, systolic and diastolic")
		return read, false
	case differs(p.unit, c.Peer(1)):
		c.Keep("STD-VIT-3", record.Error, otherUnit)
		return read, false
	case p.palpated:
		c.SetAs("STD-VIT-2", p.systolic, record.Warning, "systolic alone: the diastolic pressure was palpated")
	case string(part) == diastolicBP:
		c.SetAs("STD-VIT-2", p.diastolic, record.Information, "one half of a blood pressure")
	default:
		c.SetAs("STD-VIT-2", p.systolic, record.Information, "one half of a blood pressure")
	}
	read.number = numeral{c.Text, "STD-VIT-2", record.Information, "standardized"}
	if string(p.unit) != "mm[Hg]" || c.Peer(1) != nil { // Of the usual unit there is nothing to say.
		read.said = p.unit
	}
	return read, true
}

const otherUnit = "its unit is not that of the field unit; kept"

// differs tells whether a unit in the text contradicts that of the field.
func differs(said, given []byte) bool {
	return said != nil && given != nil && !bytes.Equal(said, given)
}

// feetAndInches reads 5'10", 5 ft 10 in and the like as inches.
func feetAndInches(room room, text []byte) ([]byte, bool) {
	n := digitsAt(text, 0)
	rest, marked := cutWord(text[n:], "feet", "foot", "ft.", "ft", "'", "\u2032")
	if n < 1 || n > 2 || !marked {
		return nil, false
	}
	inches := 12 * smallNumber(text[:n])
	var part []byte
	if len(rest) > 0 {
		if n = digitsAt(rest, 0); n < 1 || n > 2 || smallNumber(rest[:n]) >= 12 {
			return nil, false
		}
		inches, rest = inches+smallNumber(rest[:n]), rest[n:]
		if d := digitsAt(rest, min(1, len(rest))); d > 0 && rest[0] == '.' {
			part, rest = rest[:1+d], rest[1+d:]
		}
		rest, _ = cutWord(rest, "inches", "inch", "in.", "in", `"`, "''", "\u2033", "\u201d")
	}
	return append(strconv.AppendInt(room(8+len(part)), int64(inches), 10), part...), len(rest) == 0
}

// smallNumber reads a few digits.
func smallNumber(digits []byte) (n int) {
	for _, b := range digits {
		n = 10*n + int(b-'0')
	}
	return n
}

// cutWord cuts one of the words, which are in lower case, and the spaces around it off the text.
func cutWord(text []byte, words ...string) (rest []byte, found bool) {
	text = bytes.TrimLeft(text, " ")
	for _, w := range words {
		if hasFold(text, w) {
			return bytes.TrimLeft(text[len(w):], " "), true
		}
	}
	return text, false
}
