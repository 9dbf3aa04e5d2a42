package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"

// digitForm is what rule STD-DATE-5 makes of digits.
type digitForm uint8

const (
	digitNumber digitForm = iota // no date by itself
	digitDate                    // Reading.Moment holds it
	digitPair                    // day and month in a shape of their own: Reading.First and Second
)

// The years that runs of digits may name.
const (
	firstYear = 1850
	lastYear  = 2100
)

// readDigits is rule STD-DATE-5 as far as no evidence is needed.
func (s *dateScope) readDigits(r *calendar.Reading) digitForm {
	n := len(r.Number)
	if r.Sign != 0 || r.Fraction != nil && n != 14 {
		return digitNumber
	}
	m := &r.Moment
	switch n {
	case 4:
		m.Year = calendar.Small(r.Number)
		return dateIf(m.Year >= firstYear && m.Year <= s.asOf.Year+1)
	case 6:
		v := calendar.Small(r.Number)
		m.Year, m.Month = v/100, v%100
		return dateIf(inYears(m.Year) && m.Month >= 1 && m.Month <= 12)
	case 8:
		return readEight(r)
	case 12, 14:
		return dateIf(readStamp(r))
	}
	return digitNumber
}

func dateIf(ok bool) digitForm {
	if ok {
		return digitDate
	}
	return digitNumber
}

func inYears(year int) bool { return year >= firstYear && year <= lastYear }

// readEight reads YYYYMMDD, else the numbers of MMDDYYYY or DDMMYYYY.
func readEight(r *calendar.Reading) digitForm {
	v := calendar.Small(r.Number)
	if y, m, d := v/10000, v/100%100, v%100; inYears(y) && calendar.Valid(y, m, d) {
		r.Year, r.Month, r.Day = y, m, d
		return digitDate
	}
	a, b, y := v/1000000, v/10000%100, v%10000
	if !inYears(y) || !calendar.Valid(y, a, b) && !calendar.Valid(y, b, a) {
		return digitNumber
	}
	r.First, r.Second, r.Year, r.YearDigits = a, b, y, 4
	return digitPair
}

// readStamp reads YYYYMMDDhhmm[ss[.f]] of HL7. Twelve digits may be milliseconds too, so that their year must be a likely one.
func readStamp(r *calendar.Reading) bool {
	day := calendar.Small(r.Number[:8])
	time := calendar.Small(r.Number[8:])
	if len(r.Number) == 12 {
		time *= 100
	}
	m := &r.Moment
	m.Year, m.Month, m.Day = day/10000, day/100%100, day%100
	hour, minute, second := time/10000, time/100%100, time%100
	midnight := hour == 24 && time%10000 == 0 && r.Fraction == nil
	if !calendar.Valid(m.Year, m.Month, m.Day) || hour > 23 && !midnight || minute > 59 || second > 60 || r.Impossible {
		return false
	}
	m.Clock = calendar.Clock{Has: true, Hour: uint8(hour), Minute: uint8(minute), Second: uint8(second), Fraction: r.Fraction}
	return len(r.Number) == 14 || inYears(m.Year)
}
