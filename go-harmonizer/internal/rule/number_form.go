package rule

// form is how the digits of a number are cut by two marks: first digits, groups of three, digits of the fraction.
type form struct {
	first, groups, fraction int
	ok                      bool
}

// fit reads digits (no sign, no exponent) under a decimal mark and a thousands mark: (\d+|\d{1,3}(,\d{3})+)(\.\d+)?|\.\d+
func fit(digits []byte, decimal, thousands byte) form {
	f := form{first: digitsAt(digits, 0)}
	i := f.first
	if f.first >= 1 && f.first <= 3 {
		for i < len(digits) && digits[i] == thousands {
			if digitsAt(digits, i+1) != 3 {
				return form{}
			}
			f.groups, i = f.groups+1, i+4
		}
	}
	if i < len(digits) && digits[i] == decimal {
		f.fraction = digitsAt(digits, i+1)
		i += 1 + f.fraction
		f.ok = f.fraction > 0
	} else {
		f.ok = f.first > 0
	}
	f.ok = f.ok && i == len(digits)
	return f
}

func digitsAt(text []byte, at int) int {
	n := 0
	for at+n < len(text) && text[at+n]-'0' < 10 {
		n++
	}
	return n
}

// proves tells whether a number of this form proves the decimal mark it was read under (rule STD-NUM-3).
func (f form) proves() bool {
	if !f.ok || f.first == 0 || f.fraction == 0 {
		return false
	}
	return f.groups > 0 || f.fraction != 3
}

// written is a number as written, without its sign and exponent.
type written struct {
	negative bool
	digits   []byte
	exponent int
	scaled   bool // an exponent is written
}

// cutNumber takes a number that lexNumber found apart.
func cutNumber(number []byte) written {
	var w written
	if number[0] == '-' || number[0] == '+' {
		w.negative, number = number[0] == '-', number[1:]
	}
	w.digits = number
	for i, b := range number {
		if lower[b] != 'e' {
			continue
		}
		w.digits, w.scaled = number[:i], true
		for _, d := range number[i+1:] {
			if d-'0' < 10 {
				w.exponent = w.exponent*10 + int(d-'0')
			}
		}
		if number[i+1] == '-' {
			w.exponent = -w.exponent
		}
		break
	}
	return w
}

// plain writes the number as a plain decimal (rules STD-NUM-1 and 0.8): trailing zeros and the digits before the point stay.
func (w written) plain(bytes room, decimal byte) []byte {
	out := bytes(len(w.digits) + 3 + max(w.exponent, -w.exponent))
	if w.negative && !isZero(w.digits) {
		out = append(out, '-')
	}
	if w.scaled {
		return w.expand(out, bytes(len(w.digits)), decimal)
	}
	for i, b := range w.digits {
		switch {
		case b == decimal && i == 0:
			out = append(out, '0', '.')
		case b == decimal:
			out = append(out, '.')
		case b-'0' < 10:
			out = append(out, b)
		}
	}
	return out
}

func isZero(digits []byte) bool {
	for _, b := range digits {
		if b-'1' < 9 {
			return false
		}
	}
	return true
}

// expand appends the digits with the point moved by the exponent. digits is scratch space.
func (w written) expand(out, digits []byte, decimal byte) []byte {
	whole := -1 // digits before the point
	for _, b := range w.digits {
		if b == decimal {
			whole = len(digits)
		} else if b-'0' < 10 {
			digits = append(digits, b)
		}
	}
	if whole < 0 {
		whole = len(digits)
	}
	whole += w.exponent
	leading := true
	for i := min(0, whole-1); i < max(len(digits), whole); i++ {
		if i == whole {
			out = append(out, '.')
		}
		b := byte('0')
		if 0 <= i && i < len(digits) {
			b = digits[i]
		}
		leading = leading && b == '0' && i < whole-1
		if !leading {
			out = append(out, b)
		}
	}
	return out
}

func has(text []byte, b byte) bool {
	for _, c := range text {
		if c == b {
			return true
		}
	}
	return false
}
