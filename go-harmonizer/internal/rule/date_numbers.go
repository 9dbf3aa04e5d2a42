package rule

import (
	"math"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
)

// The spreadsheet serials that rule STD-DATE-6 reads, and how far the two systems are apart.
const (
	firstSerial = 7306  // 1920-01-01
	lastSerial  = 73050 // 2099-12-31
	shift1904   = 1462
	serialEpoch = -25569 // 1899-12-30, in days from 1970-01-01
)

// serial returns the serial in the 1900 system, 0 when the digits are no number that rule STD-DATE-6 reads.
func serial(r *calendar.Reading, system1904 bool) int {
	if r.Sign != 0 || len(r.Number) > 5 || r.Clock.Has {
		return 0
	}
	n := calendar.Small(r.Number)
	if system1904 {
		n += shift1904
	}
	if n < firstSerial || n > lastSerial {
		return 0
	}
	return n
}

// setSerial makes a date of a serial; the fraction is that of a day, rounded half to even to the second.
func setSerial(m *calendar.Moment, serial int, fraction []byte) {
	seconds, has := daySeconds(fraction)
	setDays(m, serial+serialEpoch+seconds/86400)
	if has {
		setSeconds(m, seconds%86400)
	}
}

// daySeconds turns a fraction of a day into seconds; has is false when it is zero.
func daySeconds(fraction []byte) (seconds int, has bool) {
	const places = 13 // 10^13 × 86400 fits 64 bits
	value, scale, rest := uint64(0), uint64(1), false
	for i, c := range fraction {
		if i < places {
			value, scale = value*10+uint64(c-'0'), scale*10
		}
		has = has || c != '0'
		rest = rest || i >= places && c != '0'
	}
	whole, left := value*86400/scale, value*86400%scale
	if left*2 > scale || left*2 == scale && (rest || whole%2 == 1) {
		whole++
	}
	return int(whole), has
}

func setDays(m *calendar.Moment, days int) { m.Year, m.Month, m.Day = calendar.Day(days) }

func setSeconds(m *calendar.Moment, seconds int) {
	m.Clock = calendar.Clock{Has: true, Hour: uint8(seconds / 3600), Minute: uint8(seconds / 60 % 60), Second: uint8(seconds % 60)}
}

// numberClass is what the numbers of a column are (rules STD-DATE-6 and 7).
type numberClass uint8

const (
	plainNumbers numberClass = iota
	serials
	seconds
	milliseconds
	microseconds
	nanoseconds
	numberClasses
)

// epochClass returns the class of an integer by its length, plainNumbers for other numbers.
func epochClass(r *calendar.Reading) numberClass {
	if r.Fraction != nil || r.Clock.Has || r.Zone.Kind != calendar.Local {
		return plainNumbers
	}
	switch len(r.Number) {
	case 9, 10:
		return seconds
	case 12, 13:
		return milliseconds
	case 16:
		return microseconds
	case 19:
		return nanoseconds
	}
	return plainNumbers
}

var perSecond = [numberClasses]int64{seconds: 1, milliseconds: 1e3, microseconds: 1e6, nanoseconds: 1e9}

// setEpoch makes a moment of an integer that counts from 1970-01-01. It tells whether the year has four digits. The digits of
// the second's fraction are appended to buf, without zeros at the end.
func setEpoch(m *calendar.Moment, r *calendar.Reading, class numberClass, buf []byte) bool {
	if r.Fraction != nil || r.Clock.Has || r.Zone.Kind != calendar.Local {
		return false
	}
	value, ok := calendar.Integer(r.Number, r.Sign == '-')
	if !ok {
		return false
	}
	unit := perSecond[class]
	whole, part := value/unit, value%unit
	if part < 0 {
		whole, part = whole-1, part+unit
	}
	day := whole / 86400
	if whole%86400 < 0 {
		day--
	}
	if math.Abs(float64(day)) > 4e6 {
		return false
	}
	setDays(m, int(day))
	setSeconds(m, int(whole-day*86400))
	m.Clock.Fraction = fraction(buf, part, unit)
	m.Zone = calendar.Zone{Kind: calendar.UTC}
	return m.Year >= 1 && m.Year <= 9999
}

// fraction appends the digits of part/unit to buf; nil when part is 0.
func fraction(buf []byte, part, unit int64) []byte {
	if part == 0 {
		return nil
	}
	for part > 0 {
		part *= 10
		buf = append(buf, byte('0'+part/unit))
		part %= unit
	}
	return buf
}
