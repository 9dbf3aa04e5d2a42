package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// ssns is rules STD-SSN-1 and VAL-SSN-1: nine digits become AAA-GG-SSSS unless no such number is given out.
// Source: Social Security Administration, number randomization and ITIN ranges of the IRS.
func ssns(*Column) func(*Cell) {
	return func(c *Cell) {
		if sheetDamage(c) {
			return
		}
		var d [9]byte
		switch n, ok := ssnDigits(&d, c.Text); {
		case ok && n == 9:
			nineDigits(c, d)
		case n == 4 && len(c.Text) == 4 || isMaskedSSN(c.Text):
			c.Keep("VAL-SSN-1", record.Warning, "only the last four digits")
		case n == 8 && len(c.Text) == 8:
			c.Keep("VAL-SSN-1", record.Error, "eight digits; a lost zero is not guessed")
		default:
			c.Keep("VAL-SSN-1", record.Error, "not nine digits in groups of 3, 2 and 4")
		}
	}
}

// isMaskedSSN tells a number of which all but the last four digits are x or *: xxx-xx-1234.
func isMaskedSSN(text []byte) bool {
	n := len(text) - 4
	if n < 5 || n > 7 || digitsAt(text, n) != 4 {
		return false
	}
	masked := 0
	for _, b := range text[:n] {
		switch {
		case b == '*' || lower[b] == 'x':
			masked++
		case b != '-' && b != ' ':
			return false
		}
	}
	return masked == 5
}

// ssnDigits takes the digits out. It tells how many there are, and whether only single hyphens or spaces stand between the groups;
// -1 for anything else than digits and these.
func ssnDigits(d *[9]byte, text []byte) (n int, ok bool) {
	mark := -1 // number of digits before the last hyphen or space
	for _, b := range text {
		switch {
		case b-'0' < 10 && n < 9:
			d[n] = b - '0'
			n++
		case (b == '-' || b == ' ') && (n == 3 || n == 5) && mark != n:
			mark = n
		default:
			return -1, false
		}
	}
	return n, true
}

func nineDigits(c *Cell, d [9]byte) {
	if reason := ssnFault(d); reason != "" {
		c.Keep("VAL-SSN-1", record.Error, reason)
		return
	}
	out := c.Bytes(11)
	for i, digit := range d {
		if i == 3 || i == 5 {
			out = append(out, '-')
		}
		out = append(out, '0'+digit)
	}
	c.Set("STD-SSN-1", out)
	switch {
	case area(d) == 999:
		c.Note("VAL-SSN-1", record.Warning, "area 999: a synthetic number")
	case string(out) == "078-05-1120" || string(out) == "219-09-9999":
		c.Note("VAL-SSN-1", record.Warning, "a number known from advertisements")
	case isRepeated(d[:]):
		c.Note("VAL-SSN-1", record.Warning, "one digit again and again")
	}
}

func area(d [9]byte) int { return int(d[0])*100 + int(d[1])*10 + int(d[2]) }

// ssnFault says why no such number is given out; "" when it may be.
func ssnFault(d [9]byte) string {
	a, group := area(d), int(d[3])*10+int(d[4])
	switch {
	case 900 <= a && a <= 998 && isTaxpayerGroup(group):
		return "ITIN, not a social security number"
	case a == 0 || a == 666 || 900 <= a && a <= 998:
		return "area is not given out"
	case group == 0:
		return "group 00 is not given out"
	case d[5]|d[6]|d[7]|d[8] == 0:
		return "serial 0000 is not given out"
	}
	return ""
}

func isTaxpayerGroup(g int) bool {
	return 50 <= g && g <= 65 || 70 <= g && g <= 88 || 90 <= g && g <= 92 || 94 <= g && g <= 99
}
