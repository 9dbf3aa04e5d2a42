package calendar

// maxText is the length of text that is looked at: the longest form with a fraction of a hundred digits.
const maxText = 160

// Parse reads a date, perhaps with a time, in the forms of rules STD-DATE-2, 3, 4, 5, 8 and 9 of the rule book. It tells whether
// the text is in one of them; r is overwritten and holds pieces of the text. White space is single spaces inside the text.
//
//	YYYY-M-D  YYYY/M/D  YYYY.M.D  YYYY-MM  YYYY-DDD  MM/YYYY            Fixed
//	D-Mon-YYYY  D/Mon/YYYY  D Mon YYYY  (also D Mon, YYYY and YY)       Fixed
//	Mon D, YYYY  Mon D YYYY  Mon YYYY  DDMonYYYY                        Fixed
//	N/N/YYYY  N-N-YYYY  N.N.YYYY  (also YY)                             Pair
//	digits  ±digits  digits.digits  8 digits and a time,
//	12 or 14 digits with a fraction or an offset                        Digits
//
// A weekday may stand before them, a time after them. UN, UNK, ?? and 00 are days and months that are not known.
func Parse(text []byte, r *Reading) bool {
	return quick(text, r) || parse(text, r)
}

// parse is Parse by the grammar.
func parse(text []byte, r *Reading) bool {
	*r = Reading{}
	if len(text) == 0 || len(text) > maxText {
		return false
	}
	s := scan{text: text}
	s.weekday()
	named := s.at > 0
	if s.date(r) && s.tail(r) {
		r.Canonical = r.Canonical && !named
		return true
	}
	r.Kind = Unreadable
	return false
}

// weekday moves past the name of a day of the week, which is ignored.
func (s *scan) weekday() {
	from := s.at
	if !isLetter(s.peek()) {
		return
	}
	word := s.letters()
	comma, space := s.take(','), s.take(' ')
	if !isWeekday(word) || !comma && !space {
		s.at = from
	}
}

func (s *scan) date(r *Reading) bool {
	from := s.at
	c := s.peek()
	if isLetter(c) || c == '?' {
		return s.named(r)
	}
	if !isDigit(c) {
		return s.digits(r, from)
	}
	value, count := s.number()
	c = s.peek()
	switch {
	case count == 4 && isSeparator(c):
		return s.yearFirst(r, value, c) || c == '.' && s.digits(r, from)
	case count <= 2 && isSeparator(c):
		return s.dayOrMonthFirst(r, value, count, c) || c == '.' && s.digits(r, from)
	case count <= 2 && c == ' ':
		return s.dayMonth(r, value)
	case count == 2 && isLetter(c):
		return s.dense(r, value)
	}
	return s.digits(r, from)
}

// token reads a number of one or two digits, or a mark for what is not known, which counts as 0.
func (s *scan) token() (value, count int, unknown bool) {
	switch c := s.peek(); {
	case isDigit(c):
		value, count = s.number()
		return value, count, count <= 2 && value == 0
	case c == '?':
		s.at++
		s.take('?')
		return 0, 2, true
	case isLetter(c) && isUnknown(s.letters()):
		return 0, 2, true
	}
	return 0, 0, false
}

// yearFirst reads what follows YYYY: a month and a day, a month, or a day of the year.
func (s *scan) yearFirst(r *Reading, year int, separator byte) bool {
	s.at++
	month, count, unknown := s.token()
	if count == 3 && separator == '-' && !isSeparator(s.peek()) {
		return s.ordinal(r, year, month)
	}
	if count == 0 || count > 2 {
		return false
	}
	*r = Reading{Kind: Fixed, Separator: separator, YearDigits: 4, Missing: unknown}
	r.Year, r.Month = year, month
	if !s.take(separator) {
		r.Canonical = !unknown
		return separator == '-' && count == 2
	}
	day, dayCount, noDay := s.token()
	if !unknown {
		r.Day = day // A day of a month that is not known says nothing.
	}
	r.Missing = unknown || noDay
	r.Canonical = separator == '-' && count == 2 && dayCount == 2 && !r.Missing
	return dayCount == 1 || dayCount == 2
}

func (s *scan) ordinal(r *Reading, year, day int) bool {
	*r = Reading{Kind: Fixed, YearDigits: 4}
	last := 365
	if Leap(year) {
		last = 366
	}
	if day < 1 || day > last || year == 0 {
		r.Impossible = true
		return true
	}
	r.Year, r.Month, r.Day = Day(Days(year, 1, 1) + day - 1)
	return true
}

// dayOrMonthFirst reads what follows a first number of one or two digits, or a mark for what is not known, and a separator.
func (s *scan) dayOrMonthFirst(r *Reading, first, firstCount int, separator byte) bool {
	s.at++
	if isLetter(s.peek()) && separator != '.' {
		from := s.at
		if m := month(s.letters()); m > 0 {
			return s.yearAfterMonth(r, m, first)
		}
		s.at = from
	}
	second, count, _ := s.token()
	if count == 4 && separator == '/' && firstCount == 2 {
		*r = Reading{Kind: Fixed, Separator: separator, YearDigits: 4, Missing: first == 0}
		r.Year, r.Month = second, first
		return s.peek() != separator
	}
	if count == 0 || count > 2 || !s.take(separator) {
		return false
	}
	year, digits := s.number()
	*r = Reading{Kind: Pair, Separator: separator, YearDigits: uint8(digits), First: first, Second: second}
	r.Year = year
	if first == 0 || second == 0 {
		// Beside an unknown token the other one is the month.
		r.Kind, r.Missing, r.Month = Fixed, true, first+second
	}
	return digits == 2 || digits == 4
}

// dayMonth reads a space, a month by name and a year after a day.
func (s *scan) dayMonth(r *Reading, day int) bool {
	s.at++
	m := month(s.letters())
	return m > 0 && s.yearAfterMonth(r, m, day)
}

// yearAfterMonth reads a separator and a year of two or four digits.
func (s *scan) yearAfterMonth(r *Reading, month, day int) bool {
	if c := s.peek(); c == '-' || c == '/' {
		s.at++
	} else if !s.gap() {
		return false
	}
	year, digits := s.number()
	s.fix(r, year, month, day, digits)
	r.Missing = day == 0
	return digits == 2 || digits == 4
}

// gap moves past a comma, a space, or both.
func (s *scan) gap() bool {
	comma := s.take(',')
	return s.take(' ') || comma
}

func (s *scan) fix(r *Reading, year, month, day, yearDigits int) {
	*r = Reading{Kind: Fixed, YearDigits: uint8(yearDigits)}
	r.Year, r.Month, r.Day = year, month, day
}

// dense reads MonYYYY after DD.
func (s *scan) dense(r *Reading, day int) bool {
	name := s.letters()
	m := month(name)
	year, digits := s.number()
	s.fix(r, year, m, day, digits)
	r.Missing = day == 0
	return m > 0 && len(name) == 3 && digits == 4
}

// named reads a date that begins with a month by name or with a mark for what is not known.
func (s *scan) named(r *Reading) bool {
	if s.peek() == '?' {
		_, count, _ := s.token()
		return isSeparator(s.peek()) && s.dayOrMonthFirst(r, 0, count, s.peek())
	}
	word := s.letters()
	if isUnknown(word) {
		return s.afterUnknown(r)
	}
	m := month(word)
	if m == 0 || !s.take(' ') {
		return false
	}
	value, count := s.number()
	if count == 4 {
		s.fix(r, value, m, 0, count)
		return true
	}
	if count == 0 || count > 2 || !s.gap() {
		return false
	}
	year, digits := s.number()
	s.fix(r, year, m, value, digits)
	r.Missing = value == 0
	return digits == 4
}

func (s *scan) afterUnknown(r *Reading) bool {
	if c := s.peek(); isSeparator(c) {
		return s.dayOrMonthFirst(r, 0, 2, c)
	}
	return s.peek() == ' ' && s.dayMonth(r, 0)
}
