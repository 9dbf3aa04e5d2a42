package decimal

import (
	"math/bits"
	"strconv"
)

// Scale appends value × factor rounded half to even to so many places. It tells whether value is a number; if not, dst is returned
// as it was. n is scratch space.
func Scale(n *Number, dst, value []byte, factor *Number, places int) ([]byte, bool) {
	if out, ok := scaleShort(dst, value, factor, places); ok {
		return out, true
	}
	if !n.Parse(value) {
		return dst, false
	}
	n.Mul(n, factor)
	n.Round(n, places)
	return n.Append(dst), true
}

// Linear is Scale with a constant added before rounding.
func Linear(n *Number, dst, value []byte, factor, plus *Number, places int) ([]byte, bool) {
	if !n.Parse(value) {
		return dst, false
	}
	n.Mul(n, factor)
	n.Add(n, plus)
	n.Round(n, places)
	return n.Append(dst), true
}

// scaleShort is Scale when everything fits machine words, as it nearly always does.
func scaleShort(dst, value []byte, factor *Number, places int) ([]byte, bool) {
	if len(value) > 18 || !factor.d.Coeff.IsUint64() || factor.d.Negative {
		return dst, false
	}
	digits, fraction, negative, ok := split(value)
	excess := fraction - int(factor.d.Exponent) - places
	if !ok || excess < 0 || excess >= len(powers) || places < 0 || places > 18 {
		return dst, false
	}
	high, product := bits.Mul64(uint64(digits), factor.d.Coeff.Uint64())
	if high != 0 {
		return dst, false
	}
	kept, rest, half := product/powers[excess], product%powers[excess], powers[excess]/2
	if rest > half || rest == half && excess > 0 && kept&1 == 1 {
		kept++
	}
	if negative && kept != 0 {
		dst = append(dst, '-')
	}
	return appendPlaces(dst, kept, places), true
}

// powers are the powers of ten.
var powers = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// appendPlaces appends digits with a point before the last so many.
func appendPlaces(dst []byte, digits uint64, places int) []byte {
	start := len(dst)
	dst = strconv.AppendUint(dst, digits, 10)
	if places == 0 {
		return dst
	}
	for len(dst)-start <= places {
		dst = append(dst, 0)
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	at := len(dst) - places
	dst = append(dst, 0)
	copy(dst[at+1:], dst[at:])
	dst[at] = '.'
	return dst
}
