package calendar

// Kind says how much a text tells of its date.
type Kind uint8

// The kinds.
const (
	// Unreadable is for texts that are in no known form.
	Unreadable Kind = iota
	// Fixed is for texts whose form says which token is what: Moment.Year, Month and Day. Month and Day are 0 where they are missing.
	Fixed
	// Pair is for two numbers and a year: First and Second are day and month in an order that the text does not tell.
	Pair
	// Digits is for texts of nothing but digits, perhaps with a sign, a fraction, a time or an offset.
	Digits
)

// Reading is what the grammar makes of a text. The numbers are not checked against the calendar.
type Reading struct {
	Moment
	Kind Kind
	// Canonical tells that the text is as Moment.Append would write it.
	Canonical bool
	// Missing tells that a token says that day or month is not known.
	Missing bool
	// Impossible tells that the day of the year, the time or the offset cannot be; the form is known all the same.
	Impossible bool
	// Separator stands between the numbers of a Fixed or Pair of numbers, else 0.
	Separator byte
	// YearDigits is 2 or 4 for Fixed and Pair.
	YearDigits uint8
	// First and Second are the numbers of a Pair, in the order of the text, both 1 or more.
	First, Second int
	// Sign is '+' or '-' before Digits, else 0.
	Sign byte
	// Number are the Digits before the fraction.
	Number []byte
	// Fraction are the digits after the point of Digits; nil: none.
	Fraction []byte
	// TwelveHour tells that the time has AM or PM.
	TwelveHour bool
}

// Moment is a date with as much precision as is known: Month and Day are 0 where it does not reach them, and only a full date has
// a time.
type Moment struct {
	Year, Month, Day int
	Clock            Clock
	Zone             Zone
}

// Clock is a time of day; hour 24 is the end of the day.
type Clock struct {
	Has                  bool
	Hour, Minute, Second uint8
	// Fraction are the digits after the point of the second, a piece of the text; nil: none.
	Fraction []byte
}

// Midnight tells that the time is 00:00:00.
func (c *Clock) Midnight() bool {
	return c.Hour == 0 && c.Minute == 0 && c.Second == 0 && zeros(c.Fraction)
}

// ZoneKind says how a time is tied to UTC.
type ZoneKind uint8

// The kinds of zones.
const (
	Local       ZoneKind = iota // not at all
	UTC                         // it is UTC
	Offset                      // by hours and minutes
	Abbreviated                 // by letters such as EST, which do not name an offset for sure
)

// Zone is how a time is tied to UTC.
type Zone struct {
	Kind         ZoneKind
	West         bool // of an Offset: UTC is ahead
	Hour, Minute uint8
}

// Minutes is what the time is ahead of UTC.
func (z *Zone) Minutes() int {
	m := int(z.Hour)*60 + int(z.Minute)
	if z.West {
		return -m
	}
	return m
}

// Full tells that the date reaches the day.
func (m *Moment) Full() bool { return m.Day > 0 }

// Exists tells that the date is one of the calendar, as far as it is known.
func (m *Moment) Exists() bool {
	return Valid(m.Year, max(m.Month, 1), max(m.Day, 1)) && (m.Day == 0 || m.Month > 0)
}

// Settle turns the end of a day, hour 24, into the beginning of the next. The date must exist; the next may not.
func (m *Moment) Settle() {
	if m.Clock.Hour == 24 {
		m.Year, m.Month, m.Day = Day(Days(m.Year, m.Month, m.Day) + 1)
		m.Clock.Hour = 0
	}
}

// FirstDay returns the earliest day the date may mean, in days from 1970-01-01.
func (m *Moment) FirstDay() int { return Days(m.Year, max(m.Month, 1), max(m.Day, 1)) }

func zeros(digits []byte) bool {
	for _, c := range digits {
		if c != '0' {
			return false
		}
	}
	return true
}
