// Package decimal computes with plain decimal numbers exactly: no binary fractions, no exponents, rounding half to even at stated
// places (rule 0.5). It imports nothing of ours.
package decimal

import (
	"github.com/cockroachdb/apd/v3"
)

// longest is the most bytes of a number; what is longer is no measurement.
const longest = 1024

// exact rounds nothing by itself; quotient digits are far beyond the 28 that rule 0.5 asks for.
var (
	exact    = apd.Context{MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent, Rounding: apd.RoundHalfEven}
	rounding = exact.WithPrecision(4 * longest)
	quotient = exact.WithPrecision(60)
)

// Number is a decimal number; the zero value is 0. It is made to be reused: the methods that compute store into the receiver,
// which may be one of the operands. Not safe for concurrent use unless it is only read. Do not copy it.
type Number struct{ d apd.Decimal }

// New returns the number written in a constant, such as "0.011312". It panics on anything else.
func New(text string) *Number {
	n := new(Number)
	if !n.Parse([]byte(text)) {
		panic("decimal: constant is not a plain number")
	}
	return n
}

// Parse reads -?digits[.digits] as the rules write numbers. It tells whether text is that and not absurdly long.
func (n *Number) Parse(text []byte) bool {
	digits, places, negative, ok := split(text)
	if !ok {
		return false
	}
	if len(text) <= 18 {
		n.d.SetInt64(digits)
	} else if _, _, err := n.d.SetString(string(text)); err != nil {
		return false
	}
	n.d.Form, n.d.Exponent, n.d.Negative = apd.Finite, int32(-places), negative
	return true
}

// split checks the form and reads the digits; their value is right up to 18 of them.
func split(text []byte) (digits int64, places int, negative, ok bool) {
	if len(text) > longest {
		return 0, 0, false, false
	}
	if len(text) > 0 && text[0] == '-' {
		negative, text = true, text[1:]
	}
	point := -1
	for i, b := range text {
		switch {
		case b-'0' < 10:
			digits = digits*10 + int64(b-'0')
		case b == '.' && point < 0 && i > 0 && i+1 < len(text):
			point = i
		default:
			return 0, 0, false, false
		}
	}
	if point >= 0 {
		places = len(text) - 1 - point
	}
	return digits, places, negative, len(text) > 0
}

// Mul stores a × b.
func (n *Number) Mul(a, b *Number) { must(exact.Mul(&n.d, &a.d, &b.d)) }

// Add stores a + b.
func (n *Number) Add(a, b *Number) { must(exact.Add(&n.d, &a.d, &b.d)) }

// Sub stores a - b.
func (n *Number) Sub(a, b *Number) { must(exact.Sub(&n.d, &a.d, &b.d)) }

// Quo stores a ÷ b to 60 digits. b must not be 0.
func (n *Number) Quo(a, b *Number) { must(quotient.Quo(&n.d, &a.d, &b.d)) }

// Abs stores |a|.
func (n *Number) Abs(a *Number) { must(exact.Abs(&n.d, &a.d)) }

// Round stores a rounded half to even to so many decimal places, which are filled with zeros.
func (n *Number) Round(a *Number, places int) {
	must(rounding.Quantize(&n.d, &a.d, int32(-places)))
}

// must turns what cannot happen to numbers of bounded length into a panic.
func must(_ apd.Condition, err error) {
	if err != nil {
		panic("decimal: " + err.Error())
	}
}

// Cmp returns -1, 0 or 1 as the number is less than, equal to or greater than b.
func (n *Number) Cmp(b *Number) int { return n.d.Cmp(&b.d) }

// Sign returns -1, 0 or 1.
func (n *Number) Sign() int { return n.d.Sign() }

// Append appends the number as a plain decimal: no exponent, no leading +, no negative zero.
func (n *Number) Append(dst []byte) []byte {
	if n.d.Negative && n.d.Coeff.Sign() == 0 {
		n.d.Negative = false
	}
	return n.d.Append(dst, 'f')
}
