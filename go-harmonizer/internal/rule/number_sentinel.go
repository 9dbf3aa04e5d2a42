package rule

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// isSentinel tells whether a plain number looks like a stand-in for a missing value (rule NULL-2):
// ^-?9{2,}(\.9+)?$|^-(1|8|9|88|888)$|^(777|888|7777|8888)$
func isSentinel(number []byte) bool {
	if len(number) < 2 {
		return false
	}
	switch string(number) {
	case "-1", "-8", "-9", "-88", "-888", "777", "888", "7777", "8888":
		return true
	}
	if number[0] == '-' {
		number = number[1:]
	}
	nines := 0
	for nines < len(number) && number[nines] == '9' {
		nines++
	}
	if nines < 2 || nines == len(number) {
		return nines >= 2
	}
	if number[nines] != '.' || nines+1 == len(number) {
		return false
	}
	for _, b := range number[nines+1:] {
		if b != '9' {
			return false
		}
	}
	return true
}

// nullSentinel makes the cell null when number, a plain number without a comparator, looks like a stand-in and converted, the same
// in the canonical unit, lies outside the range in which values are not warned of (rule NULL-2). n is scratch space.
func nullSentinel(c *Cell, number, converted []byte, warn decimal.Range, n *decimal.Number) bool {
	if !isSentinel(number) || !n.Parse(converted) || holds(warn, n) {
		return false
	}
	c.Null("NULL-2", record.Warning, record.Unknown, "a number that stands for a missing value")
	return true
}

// holds is Range.Holds with bounds that may be missing.
func holds(r decimal.Range, n *decimal.Number) bool {
	return (r.Low == nil || n.Cmp(r.Low) >= 0) && (r.High == nil || n.Cmp(r.High) <= 0)
}

// atLeastZero is the range of counts and quantities.
var atLeastZero = decimal.Range{Low: decimal.New("0")}
