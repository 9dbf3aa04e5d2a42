package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
)

// unitFit is how a unit stands to an analyte.
type unitFit uint8

const (
	unitUnknown   unitFit = iota // not one that the analyte is measured in, or none of the list
	unitMissing                  // there is none
	unitCanonical                // numbers are as they should be
	unitOther                    // numbers are converted
)

// unreadUnit stands for a unit that is there but could not be read, between the rules.
var unreadUnit = []byte("?")

// fit tells how a unit stands to the analyte, and how numbers in it are converted.
func (a *analyte) fit(unit []byte) (unitFit, *conversion) {
	if unit == nil {
		return unitMissing, nil
	}
	for i := range a.conversions {
		if c := &a.conversions[i]; bytes.Equal(c.unit, unit) {
			return unitOther, c
		}
	}
	if bytes.Equal(a.unit, unit) {
		return unitCanonical, nil
	}
	return unitUnknown, nil
}

// same tells whether two units are one to the analyte, which may be nil: equal, or different names of the canonical one.
func (a *analyte) same(one, two []byte) bool {
	if bytes.Equal(one, two) {
		return true
	}
	return a != nil && a.isCanonical(one) && a.isCanonical(two)
}

func (a *analyte) isCanonical(unit []byte) bool {
	fit, c := a.fit(unit)
	return fit == unitCanonical || fit == unitOther && c.factor == nil
}

// apply converts a plain number (rules STD-LAB-2 and -3). n is scratch space. What needs no factor keeps its digits.
func (c *conversion) apply(n *decimal.Number, bytes room, number []byte, places int) []byte {
	if c == nil || c.factor == nil {
		return number
	}
	var ok bool
	out := bytes(len(number) + 24)
	if c.offset == nil {
		out, ok = decimal.Scale(n, out, number, c.factor, places)
	} else {
		out, ok = decimal.Linear(n, out, number, c.factor, c.offset, places)
	}
	if !ok {
		return number
	}
	return out
}

// converts tells whether numbers change.
func (c *conversion) converts() bool { return c != nil && c.factor != nil }

// rule is the one that a conversion goes by.
func (c *conversion) rule() string {
	if c.offset != nil {
		return "STD-LAB-3"
	}
	return "STD-LAB-2"
}
