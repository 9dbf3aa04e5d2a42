package calendar

// quick reads the forms that most dates are in, all numbers filled with zeros: 2024-03-05, 05/03/2024, 05-Mar-2024, 20240305 and
// 20240305100000, and behind all but the last two a time as in 10:00, 10:00:30 or 10:00 AM. What it does not read may be a date all
// the same; what it reads the grammar reads alike.
func quick(text []byte, r *Reading) bool {
	if len(text) < len("20240305") || text[0]-'0' > 9 {
		return false
	}
	at, ok := 0, false
	switch c := text[2]; {
	case isSeparator(c) && text[5] == c:
		at, ok = quickPair(text, r)
	case c == '-' || c == '/':
		at, ok = quickNamed(text, r)
	case isSeparator(text[4]):
		at, ok = quickYear(text, r)
	default:
		return quickDigits(text, r)
	}
	return ok && (at == len(text) || quickTime(text, at, r))
}

// noDigits is more than any number of two or four digits.
const noDigits = 1 << 16

// two is the value of two digits, noDigits when one is none.
func two(text []byte, at int) int {
	a, b := text[at]-'0', text[at+1]-'0'
	if a > 9 || b > 9 {
		return noDigits
	}
	return int(a)*10 + int(b)
}

func four(text []byte, at int) int { return two(text, at)*100 + two(text, at+2) }

const lengthOfDate = len("2024-03-05")

// quickPair reads N/N/YYYY.
func quickPair(text []byte, r *Reading) (at int, ok bool) {
	if len(text) < lengthOfDate {
		return 0, false
	}
	first, second, year := two(text, 0), two(text, 3), four(text, 6)
	if first|second|year >= noDigits || first == 0 || second == 0 {
		return 0, false
	}
	*r = Reading{}
	r.Kind, r.Separator, r.YearDigits, r.Year, r.First, r.Second = Pair, text[2], 4, year, first, second
	return lengthOfDate, true
}

// quickNamed reads DD-Mon-YYYY.
func quickNamed(text []byte, r *Reading) (at int, ok bool) {
	const length = len("05-Mar-2024")
	if len(text) < length || text[6] != '-' && text[6] != '/' {
		return 0, false
	}
	day, year := two(text, 0), four(text, 7)
	if day|year >= noDigits || day == 0 || !isLetter(text[3]) || !isLetter(text[4]) || !isLetter(text[5]) {
		return 0, false
	}
	m := month(text[3:6])
	*r = Reading{}
	r.Kind, r.YearDigits, r.Year, r.Month, r.Day = Fixed, 4, year, m, day
	return length, m > 0
}

// quickYear reads YYYY-MM-DD.
func quickYear(text []byte, r *Reading) (at int, ok bool) {
	if len(text) < lengthOfDate || text[7] != text[4] {
		return 0, false
	}
	year, month, day := four(text, 0), two(text, 5), two(text, 8)
	if year|month|day >= noDigits || month == 0 || day == 0 {
		return 0, false
	}
	*r = Reading{}
	r.Kind, r.Separator, r.YearDigits, r.Canonical = Fixed, text[4], 4, text[4] == '-'
	r.Year, r.Month, r.Day = year, month, day
	return lengthOfDate, true
}

// quickDigits reads 8 or 14 digits.
func quickDigits(text []byte, r *Reading) bool {
	if n := len(text); n != 8 && n != 14 {
		return false
	}
	for _, c := range text {
		if c-'0' > 9 {
			return false
		}
	}
	*r = Reading{}
	r.Kind, r.Number = Digits, text
	return true
}

// quickTime reads T or a space and hh:mm or hh:mm:ss, perhaps with AM or PM behind a space.
func quickTime(text []byte, at int, r *Reading) bool {
	if text[at] != ' ' && text[at] != 'T' || len(text) < at+len(" 10:00") || text[at+3] != ':' {
		return false
	}
	hour, minute, second, end := two(text, at+1), two(text, at+4), 0, at+len(" 10:00")
	seconds := len(text) >= end+len(":30") && text[end] == ':'
	if seconds {
		second, end = two(text, end+1), end+len(":30")
	}
	half := byte(0)
	if len(text) == end+len(" AM") && text[end] == ' ' && text[end+2]|0x20 == 'm' {
		half, end = text[end+1]|0x20, len(text)
	}
	if end != len(text) || hour|minute|second >= noDigits || half != 0 && half != 'a' && half != 'p' {
		return false
	}
	r.Canonical = r.Canonical && seconds && text[at] == 'T'
	r.setClock(hour, minute, second, half)
	return true
}
