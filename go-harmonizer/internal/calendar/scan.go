package calendar

// scan is a place in a text.
type scan struct {
	text []byte
	at   int
}

// peek returns the byte at the place, 0 at the end.
func (s *scan) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scan) end() bool { return s.at >= len(s.text) }

// take moves past c if it is there.
func (s *scan) take(c byte) bool {
	if s.peek() == c {
		s.at++
		return true
	}
	return false
}

// number moves past digits and returns their value, which means something for up to 18 of them, and how many there are.
func (s *scan) number() (value, count int) {
	from := s.at
	for s.at < len(s.text) {
		c := s.text[s.at] - '0'
		if c > 9 {
			break
		}
		value = value*10 + int(c)
		s.at++
	}
	return value, s.at - from
}

// letters returns the letters at the place and moves past them.
func (s *scan) letters() []byte {
	from := s.at
	for s.at < len(s.text) && isLetter(s.text[s.at]) {
		s.at++
	}
	return s.text[from:s.at]
}

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return c|0x20-'a' <= 'z'-'a' }

func isSeparator(c byte) bool { return c == '-' || c == '/' || c == '.' }

// is tells that letters spell a word of lower-case letters, in any case.
func is(letters []byte, word string) bool {
	if len(letters) != len(word) {
		return false
	}
	for i, c := range letters {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}
