package calendar

// ParseClock reads a time of day with nothing before it; r.Clock, Zone and Impossible are set.
func ParseClock(text []byte, r *Reading) bool {
	*r = Reading{}
	if len(text) > maxText {
		return false
	}
	s := scan{text: text}
	return s.clock(r) && s.zone(r)
}

// ParseOffset reads an offset from UTC with nothing before it; r.Zone and Impossible are set.
func ParseOffset(text []byte, r *Reading) bool {
	*r = Reading{}
	s := scan{text: text}
	return len(text) > 0 && len(text) < maxText && s.zone(r)
}

// tail reads what may follow a date: nothing, or a time and a zone.
func (s *scan) tail(r *Reading) bool {
	if s.end() {
		return true
	}
	if r.Kind == Digits && len(r.Number) != 8 {
		return false
	}
	switch s.peek() {
	case 'T':
		s.at++
	case 't', ' ':
		s.at++
		r.Canonical = false
	case ',':
		s.gap()
		r.Canonical = false
	case ':': // SAS writes 05MAR2024:10:00:00.
		if r.Separator != 0 || r.Kind != Fixed {
			return false
		}
		s.at++
	default:
		return false
	}
	return s.clock(r) && s.zone(r)
}

// clock reads hh:mm, hh:mm:ss, hh:mm:ss.f, each perhaps with AM or PM, and h or hmm with AM or PM.
func (s *scan) clock(r *Reading) bool {
	hour, count := s.number()
	minute, second := 0, 0
	colon := count > 0 && count <= 2 && s.take(':')
	switch {
	case colon:
		var ok bool
		if minute, second, ok = s.minutes(r, count == 2); !ok {
			return false
		}
	case count == 3 || count == 4:
		hour, minute = hour/100, hour%100
	case count == 0 || count > 4:
		return false
	}
	half := s.half()
	if half == 0 && !colon {
		return false
	}
	r.setClock(hour, minute, second, half)
	return true
}

// minutes reads mm, mm:ss or mm:ss.f after hh: and notes whether the text can be canonical.
func (s *scan) minutes(r *Reading, twoDigits bool) (minute, second int, ok bool) {
	minute, count := s.number()
	if count != 2 {
		return 0, 0, false
	}
	if !s.take(':') {
		r.Canonical = false
		return minute, 0, true
	}
	r.Canonical = r.Canonical && twoDigits
	if second, count = s.number(); count != 2 {
		return 0, 0, false
	}
	if s.take('.') {
		from := s.at
		if _, n := s.number(); n == 0 {
			return 0, 0, false
		}
		r.Clock.Fraction = s.text[from:s.at]
	}
	return minute, second, true
}

// half moves past AM or PM and returns 'a' or 'p', 0 when neither is there.
func (s *scan) half() byte {
	from := s.at
	s.take(' ')
	word := s.letters()
	if is(word, "am") || is(word, "pm") {
		return word[0] | 0x20
	}
	s.at = from
	return 0
}

func (r *Reading) setClock(hour, minute, second int, half byte) {
	limit := 23
	if half != 0 {
		r.TwelveHour, r.Canonical = true, false
		r.Impossible = r.Impossible || hour < 1 || hour > 12
		hour %= 12
		if half == 'p' {
			hour += 12
		}
	} else if hour == 24 {
		r.Canonical = false
		if minute == 0 && second == 0 && zeros(r.Clock.Fraction) {
			limit = 24
		}
	}
	if hour > limit || minute > 59 || second > 60 {
		r.Impossible = true
		hour, minute, second = 0, 0, 0
	}
	r.Clock.Has = true
	r.Clock.Hour, r.Clock.Minute, r.Clock.Second = uint8(hour), uint8(minute), uint8(second)
}

// zone reads the end of a text: nothing, Z, GMT, UTC, ±hhmm, ±hh:mm, ±hh, or the abbreviation of a zone.
func (s *scan) zone(r *Reading) bool {
	if s.end() {
		return true
	}
	if s.take(' ') {
		r.Canonical = false
	}
	c := s.peek()
	if c == '+' || c == '-' {
		return s.offset(r, c == '-')
	}
	word := s.letters()
	switch {
	case len(word) == 1 && word[0] == 'Z':
		r.Zone.Kind = UTC
	case is(word, "z"), is(word, "utc"), is(word, "gmt"):
		r.Zone.Kind, r.Canonical = UTC, false
	case isAbbreviation(word):
		r.Zone.Kind, r.Canonical = Abbreviated, false
	default:
		return false
	}
	return s.end()
}

// offset reads ±hhmm, ±hh:mm or ±hh.
func (s *scan) offset(r *Reading, west bool) bool {
	s.at++
	hour, count := s.number()
	minute := 0
	switch {
	case count == 4:
		hour, minute = hour/100, hour%100
		r.Canonical = false
	case count != 2:
		return false
	case s.take(':'):
		if minute, count = s.number(); count != 2 {
			return false
		}
	default:
		r.Canonical = false
	}
	// The limits are those of FHIR R4's regular expression.
	if minute > 59 || hour > 14 || hour == 14 && minute > 0 {
		r.Impossible = true
	}
	r.Zone = Zone{Kind: Offset, West: west, Hour: uint8(hour), Minute: uint8(minute)}
	return s.end()
}
