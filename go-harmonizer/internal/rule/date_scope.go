package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
)

// dateScope is what the date rules know of a column before they look at a value.
type dateScope struct {
	birth, end bool // event class; neither: past
	dateOnly   bool // the field takes no time
	generic    bool // a column of no entity (section 2.8)
	eventless  bool // of nothing that is known to be past
	alone      bool // other columns are not looked at: the harmonized text has all they said
	dicom      bool // rule STD-IMG-2
	today      int  // as_of, in days from 1970-01-01
	asOf       Date
}

func scopeOf(c *Column) dateScope {
	a := c.Params.AsOf
	return dateScope{
		birth: c.Event == "birth", end: c.Event == "end", dateOnly: c.Type == "date",
		generic: c.Entity == "generic" && c.Declared == nil, eventless: c.Entity == "generic" || c.Declared != nil,
		alone: c.PassThrough || c.Entity == "generic" || c.Harmonized, dicom: c.Entity == "imaging_study" && c.Declared == nil,
		today: calendar.Days(a.Year, a.Month, a.Day), asOf: a,
	}
}

// order is a number that is greater for later dates; what is missing counts as first.
func order(year, month, day int) int { return year*10000 + max(month, 1)*100 + max(day, 1) }

// fullYear is rule STD-DATE-4. Year 0: no candidate is possible. twice: at birth, the earlier candidate is possible as well.
func (s *dateScope) fullYear(twoDigits, month, day int) (year int, twice bool) {
	early, late := s.possible(1900+twoDigits, month, day), s.possible(2000+twoDigits, month, day)
	switch {
	case late:
		return 2000 + twoDigits, s.birth && early
	case early:
		return 1900 + twoDigits, false
	}
	return 0, false
}

func (s *dateScope) possible(year, month, day int) bool {
	if !calendar.Valid(year, max(month, 1), max(day, 1)) {
		return false
	}
	at, today := order(year, month, day), order(s.asOf.Year, s.asOf.Month, s.asOf.Day)
	switch {
	case s.birth:
		return at <= today && (today-at)/10000 <= 110 // completed years
	case s.end:
		return at >= today-80*10000 && at < today+20*10000
	}
	return calendar.Days(year, max(month, 1), max(day, 1)) <= s.today+1
}

// sentinel is what rule NULL-3 says of a date.
type sentinel uint8

const (
	realDate sentinel = iota
	defaultDate
	openEnded
)

// sentinel tells whether a standardized date stands for a missing value; text is where it was read.
func (s *dateScope) sentinel(m *calendar.Moment, text []byte) sentinel {
	if s.generic || !m.Full() {
		if !s.generic && m.Year == 1900 && bytes.HasPrefix(text, []byte("1900-01-00")) {
			return defaultDate
		}
		return realDate
	}
	switch m.Year*10000 + m.Month*100 + m.Day {
	case 10101, 17530101, 18401231, 18410101, 18991230, 18991231, 19000101:
		return defaultDate
	case 19700101:
		if !s.birth && m.Clock.Has && m.Clock.Midnight() && m.Zone.Minutes() == 0 {
			return defaultDate
		}
	case 99991231, 30000101, 29991231, 20991231, 47121231:
		if s.end {
			return openEnded
		}
	}
	return realDate
}
