package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/ucum"
)

// labValue is the rule of result_value: STD-QUAL-1 for words, STD-NUM-2 for numbers, comparators and units in them, STD-LAB-2 and -3
// for other units, STD-LAB-4 and NULL-2 for numbers that stand for none, VAL-LAB-1 and VAL-LAB-4 for what is implausible.
var labValue = Standardizer{
	Peers:    []string{"_analyte", "_unit", "_loinc"},
	Sources:  []string{"value_comparator._comparator", "value_comparator"},
	Derives:  []string{"value_number", "value_comparator", "value_text", "value_code", "unit", "loinc_code", "_converted"},
	Conclude: suspected,
	Bind: func(column *Column) func(*Cell) {
		r := &results{list: analyteList(), reader: readerOf(column), filler: isNumericColumn(column), weighs: !column.Harmonized,
			suspects: map[*analyte]*suspects{}}
		return r.run
	},
}

// The places in Derives.
const (
	resultNumber = iota
	resultComparator
	resultText
	resultCode
	resultUnit
	resultLOINC
	resultConverted // the unit that the number was in, when it was converted by a factor
)

// results is what depends on the column, and scratch space.
type results struct {
	list     *analytes
	reader   numberReader
	filler   bool // 9999999 stands for no number
	weighs   bool // stand-ins for missing values are looked for
	suspects map[*analyte]*suspects
	scratch  decimal.Number
}

// isNumericColumn tells whether a column holds numbers beside a column that holds all results as text (rule STD-LAB-4).
func isNumericColumn(c *Column) bool {
	switch c.Key {
	case "ord_num_value", "valuenum", "value_as_number", "result_num":
		return true
	}
	return false
}

func (r *results) run(c *Cell) {
	a := r.list.byKey[string(c.Peer(0))]
	if bytes.Equal(c.Peer(0), panelKey) {
		c.find(record.Finding{Rule: "VAL-LAB-4", Field: "test_name", Severity: record.Warning, Aggregate: true,
			Message: "the name of a panel, but one value: analyte unknown, not converted"})
	}
	if r.filler && string(c.Text) == "9999999" {
		c.Null("STD-LAB-4", record.Warning, record.Unknown, "filler of a vendor for a result that is not a number")
		return
	}
	if q, ok := qualitativeOf(c.Text); ok {
		c.Set("STD-QUAL-1", q.text)
		c.Derive(resultText, q.text)
		c.Derive(resultCode, q.code)
		replaceCode(c, a, c.Peer(1), false)
		return
	}
	cut, ok := lexNumber(c.Text)
	if !ok {
		r.words(c, a)
		return
	}
	r.measure(c, a, cut)
}

// words keeps what is no number.
func (r *results) words(c *Cell, a *analyte) {
	c.Derive(resultText, c.Text)
	replaceCode(c, a, c.Peer(1), false)
	if isApproximate(c.Text) {
		c.Keep("STD-NUM-2", record.Error, "only about a number; kept as text")
		return
	}
	c.Keep("STD-QUAL-1", record.Information, "text")
}

// measure reads what begins with a number.
func (r *results) measure(c *Cell, a *analyte, cut numeric) {
	unit := c.Peer(1)
	switch tail, known := unitOfTail(cut.tail, a); {
	case isRangeTail(cut):
		r.span(c, a, cut)
	case isTiter(c.Text):
		c.Derive(resultText, c.Text)
		replaceCode(c, a, unit, false)
	case !known:
		r.words(c, a)
	case tail != nil && unit != nil && !a.same(unit, tail):
		c.Keep("STD-NUM-2", record.Error, "the unit in the value is not the one of the unit field; kept")
	default:
		r.number(c, a, cut, tail)
	}
}

// unitOfTail reads what follows a number as a unit. It tells whether it is one; nothing is, too. A lone letter may be a flag.
func unitOfTail(tail []byte, a *analyte) (unit []byte, known bool) {
	if len(tail) == 0 {
		return nil, true
	}
	subject := ucum.Anything
	if a != nil {
		subject = a.subject
	}
	read := ucum.Read(tail, subject)
	return read.Unit, read.Unit != nil && !read.Bare
}

// isRangeTail tells whether a second number follows behind a hyphen, perhaps with a unit.
func isRangeTail(cut numeric) bool {
	_, ok := cutRangeTail(cut.tail)
	return ok && !cut.compared
}

func cutRangeTail(tail []byte) (unit []byte, ok bool) {
	if len(tail) < 2 || tail[0] != '-' {
		return nil, false
	}
	rest := bytes.TrimLeft(tail[1:], " ")
	n := numberEnd(rest)
	return bytes.TrimLeft(rest[n:], " "), n > 0
}

// span keeps a range, which is what a count in a field of view looks like (rule STD-NUM-2).
func (r *results) span(c *Cell, a *analyte, cut numeric) {
	rest, _ := cutRangeTail(cut.tail)
	unit, known := unitOfTail(rest, a)
	if !known {
		r.words(c, a)
		return
	}
	if unit == nil {
		unit = c.Peer(1)
	} else if c.Peer(1) == nil {
		giveUnit(c, unit)
	}
	severity := record.Warning
	if s := string(unit); s == "/[HPF]" || s == "/[LPF]" {
		severity = record.Information
	}
	c.Derive(resultText, c.Text)
	c.Keep("STD-NUM-2", severity, "a range; kept as text")
}

func giveUnit(c *Cell, unit []byte) {
	c.Derive(resultUnit, unit)
	c.NoteOn("unit", "STD-NUM-2", record.Warning, "unit taken from the value")
}

// replaceCode replaces a LOINC code by the one for the unit that is put out (rule STD-LAB-2).
func replaceCode(c *Cell, a *analyte, unit []byte, converted bool) {
	code := c.Peer(2)
	if code == nil || a == nil || !a.isCanonical(unit) && !converted || a.becomes != nil && !converted {
		return
	}
	c.Derive(resultLOINC, code)
	if a.becomes != nil {
		c.NoteOn("loinc_code", "STD-LAB-2", record.Warning, "urea converted to urea nitrogen, which is another analyte: code replaced")
		return
	}
	c.NoteOn("loinc_code", "STD-LAB-2", record.Warning, "code for the amount of substance replaced by the code for the unit")
}
