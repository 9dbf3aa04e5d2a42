package calendar

// digits reads a text of nothing but digits: with a sign or a fraction; with a time after 8; with a fraction of the second and an
// offset after 12 or 14.
func (s *scan) digits(r *Reading, from int) bool {
	*r = Reading{Kind: Digits}
	s.at = from
	if c := s.peek(); c == '+' || c == '-' {
		r.Sign = c
		s.at++
	}
	start := s.at
	s.number()
	r.Number = s.text[start:s.at]
	if len(r.Number) == 0 {
		return false
	}
	if s.take('.') {
		start = s.at
		if _, n := s.number(); n == 0 {
			return false
		}
		r.Fraction = s.text[start:s.at]
	}
	if n := len(r.Number); (n == 12 || n == 14) && !s.end() {
		return s.zone(r)
	}
	return s.end() || len(r.Number) == 8 && r.Sign == 0 && r.Fraction == nil
}

// Small returns the value of up to nine digits.
func Small(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}

// Integer returns the value of digits; not ok: it does not fit.
func Integer(digits []byte, negative bool) (value int64, ok bool) {
	for _, c := range digits {
		d := int64(c - '0')
		if value > (1<<63-1-d)/10 {
			return 0, false
		}
		value = value*10 + d
	}
	if negative {
		value = -value
	}
	return value, true
}
