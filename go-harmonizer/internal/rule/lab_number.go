package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// number puts out a number with its comparator. tail is the unit that was written behind it, nil: none.
func (r *results) number(c *Cell, a *analyte, cut numeric, tail []byte) {
	read := r.reader.read(c.Bytes, cut.number)
	if read.text == nil {
		read.apply(c)
		return
	}
	sign := cut.comparator
	if !cut.compared {
		sign = mappedComparator(c)
	}
	unit, fit, conv := c.Peer(1), unitUnknown, (*conversion)(nil)
	if unit == nil {
		unit = tail
	}
	if a != nil {
		fit, conv = a.fit(unit)
	}
	number := read.text
	if fit == unitOther {
		number = conv.apply(&r.scratch, c.Bytes, number, a.places)
	}
	if r.standsForNothing(c, a, fit, sign, read.text, number) {
		return
	}
	r.put(c, cut, read, sign, number, conv)
	r.putUnit(c, a, unit, fit, conv)
	r.judge(c, a, fit, unit, sign, number)
}

// mappedComparator reads the comparator that a column of its own holds.
func mappedComparator(c *Cell) string {
	for i := range 2 {
		text := c.Source(i)
		if text == nil {
			continue
		}
		sign, ok := comparatorOf(text)
		if !ok && !isNoModifier(text) {
			c.NoteOn("value_comparator", "STD-NUM-2", record.Warning, "not a comparator; left out")
		}
		return sign
	}
	return ""
}

// isNoModifier tells whether text is a modifier of PCORnet that says nothing about a number: none, unknown, other, text.
func isNoModifier(text []byte) bool {
	switch string(text) {
	case "NI", "UN", "OT", "TX":
		return true
	}
	return false
}

// standsForNothing is rule NULL-2. It also counts what may be a stand-in.
func (r *results) standsForNothing(c *Cell, a *analyte, fit unitFit, sign string, number, converted []byte) bool {
	if !r.weighs || a == nil || sign != "" || fit == unitUnknown {
		return false
	}
	if nullSentinel(c, number, converted, a.warn, &r.scratch) {
		return true
	}
	seen := r.suspects[a]
	if seen == nil {
		seen = newSuspects(string(a.key))
		r.suspects[a] = seen
	}
	seen.count(c, number)
	return false
}

// put writes the result in canonical form and its parts.
func (r *results) put(c *Cell, cut numeric, read numeral, sign string, number []byte, conv *conversion) {
	out := number
	if sign != "" {
		out = append(append(c.Bytes(len(sign)+len(number)), sign...), number...)
	}
	composed := sign != "" || cut.compared || len(cut.tail) > 0
	switch {
	case read.severity > record.Information:
		c.SetAs(read.rule, out, read.severity, read.message)
	case conv.converts():
		c.SetAs(conv.rule(), out, record.Information, "converted to the canonical unit of the analyte")
	case composed:
		c.Set("STD-NUM-2", out)
	default:
		c.Set(read.rule, out)
	}
	c.Derive(resultNumber, number)
	c.Derive(resultComparator, comparatorText(sign))
}

var signs = map[string][]byte{"<": []byte("<"), "<=": []byte("<="), ">": []byte(">"), ">=": []byte(">=")}

func comparatorText(sign string) []byte { return signs[sign] }

// putUnit writes the unit of the number that is put out, where it is not the one that came, and the code that goes with it.
func (r *results) putUnit(c *Cell, a *analyte, unit []byte, fit unitFit, conv *conversion) {
	out := unit
	if fit == unitOther {
		out = a.unit
	}
	switch {
	case c.Peer(1) == nil && unit != nil:
		giveUnit(c, out)
	case !bytes.Equal(out, c.Peer(1)):
		c.Derive(resultUnit, out)
		c.find(record.Finding{Rule: "STD-LAB-2", Field: "unit", Severity: record.Information, Outcome: record.Changed, Message: "canonical unit of the analyte"})
	}
	if conv.converts() {
		c.Derive(resultConverted, unit)
	}
	if unit != nil {
		replaceCode(c, a, unit, fit == unitOther && conv.converts())
	}
}

// judge says what is wrong with the unit or the number (rules VAL-UNIT-1, STD-LAB-2, STD-LAB-3 and VAL-LAB-1).
func (r *results) judge(c *Cell, a *analyte, fit unitFit, unit []byte, sign string, number []byte) {
	switch {
	case a == nil || bytes.Equal(unit, unreadUnit):
	case fit == unitMissing:
		c.NoteOn("unit", "VAL-UNIT-1", record.Warning, "unit is missing")
	case fit == unitUnknown:
		c.stay("STD-LAB-2", record.Warning, "not a unit of the analyte; not converted")
	case string(unit) == "%" && string(a.key) == "HbA1c" && sign == "" && r.isFraction(number):
		c.stay("STD-LAB-3", record.Warning, "suspected fraction, not per cent; not converted")
	default:
		r.scratch.Parse(number)
		if severity := a.plausible(sign, &r.scratch); severity > 0 {
			c.Note("VAL-LAB-1", severity, "outside the plausible range of the analyte")
		}
	}
}

// stay says that the cell could not be standardized further; what was put right by other rules remains.
func (c *Cell) stay(rule string, severity record.Severity, message string) {
	if c.outcome != record.Changed {
		c.outcome = record.Kept
	}
	c.find(record.Finding{Rule: rule, Severity: severity, Outcome: c.outcome, Message: message})
}

// fractions are what per cents of HbA1c are as fractions.
var fractions = decimal.Range{Low: decimal.New("0.02"), High: decimal.New("0.25")}

func (r *results) isFraction(number []byte) bool {
	return r.scratch.Parse(number) && fractions.Holds(&r.scratch)
}

// plausible is rule VAL-LAB-1 for a number in the canonical unit; 0: nothing is wrong.
func (a *analyte) plausible(sign string, n *decimal.Number) record.Severity {
	switch {
	case isOutside(a.fail, sign, n):
		return record.Error
	case isOutside(a.warn, sign, n):
		return record.Warning
	}
	return 0
}

// isOutside tells whether every number that is meant lies outside the range.
func isOutside(r decimal.Range, sign string, n *decimal.Number) bool {
	low, high := n.Cmp(r.Low), n.Cmp(r.High)
	switch sign {
	case "<":
		return low <= 0
	case "<=":
		return low < 0
	case ">":
		return high >= 0
	case ">=":
		return high > 0
	}
	return low < 0 || high > 0
}
