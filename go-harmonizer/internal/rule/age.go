package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// ages is rules STD-AGE-1 and VAL-AGE-1 for a field on its own.
//
// Reads:  NNN(D|W|M|Y) of DICOM, a number and a unit, or a number of years.
// Writes: age_value and age_unit (UCUM: d, wk, mo, a); the age keeps its text.
// Issues: no age; below 0 or above 130 years; a sentinel is nulled.
var ages = &Standardizer{Derives: []string{"age_value", "age_unit"}, Bind: bindAges}

// age is a number and a unit.
type age struct {
	value []byte // plain decimal without leading zeros
	unit  byte   // d, w, m or y
	lax   bool   // in the form of DICOM, but without three digits
}

var ageUnits = map[byte]string{'d': "d", 'w': "wk", 'm': "mo", 'y': "a"}

// ageWords are the units of ages, in lower case; a single letter is its own word.
var ageWords = map[string]byte{
	"d": 'd', "day": 'd', "days": 'd',
	"w": 'w', "wk": 'w', "wks": 'w', "week": 'w', "weeks": 'w',
	"m": 'm', "mo": 'm', "mos": 'm', "month": 'm', "months": 'm',
	"a": 'y', "y": 'y', "yr": 'y', "yrs": 'y', "year": 'y', "years": 'y', "yo": 'y', "y/o": 'y',
}

func bindAges(c *Column) func(*Cell) {
	derive := c.Entity == "patient"
	masked := c.Key == "anchor_age"
	return func(c *Cell) {
		a, ok := parseAge(c.Text)
		switch {
		case string(c.Text) == topCoded: // an output of rule DEID-3
			return
		case isSentinel(c.Text) && (!ok || a.days() > 120*daysOfYear): // inside 0 to 120 it is an age
			c.Null("NULL-2", record.Warning, record.Unknown, "a number that stands for a missing value")
			return
		case !ok && len(c.Text) > 1 && c.Text[0] == '-' && isNumber(c.Text):
			c.Keep("VAL-AGE-1", record.Error, "age below 0; kept")
			return
		case !ok:
			c.Keep("STD-AGE-1", record.Error, "no age; kept")
			return
		case a.days() > 130*daysOfYear:
			c.Keep("VAL-AGE-1", record.Error, tooOld(a))
			return
		}
		if derive {
			c.Derive(0, append(c.Bytes(len(a.value)), a.value...))
			c.Derive(1, append(c.Bytes(2), ageUnits[a.unit]...))
		}
		if a.lax {
			c.Note("STD-AGE-1", record.Warning, "a DICOM age has three digits")
		}
		if masked && string(a.value) == "91" {
			c.Note("VAL-AGE-1", record.Warning, "may be masked: 91 stands for every age above 89")
		}
	}
}

func tooOld(a age) string {
	if string(a.value) == "300" {
		return "age above 130, may be masked; kept"
	}
	return "age above 130; kept"
}

// parseAge reads an age without a sign.
func parseAge(text []byte) (a age, ok bool) {
	n := 0
	for n < len(text) && (isDigits(text[n:n+1]) || text[n] == '.') {
		n++
	}
	digits, word := text[:n], bytes.TrimPrefix(text[n:], []byte(" "))
	if a.value, ok = plainAge(digits); !ok {
		return a, false
	}
	if len(word) == 0 {
		a.unit = 'y'
		return a, n == len(text)
	}
	var buf [6]byte
	if len(word) > len(buf) {
		return a, false
	}
	a.unit, ok = ageWords[string(lowerInto(buf[:0], word))]
	a.lax = len(word) == 1 && word[0] < 'a' && n != 3 && n+1 == len(text)
	return a, ok
}

// plainAge checks digits[.digits] and drops leading zeros.
func plainAge(text []byte) ([]byte, bool) {
	whole, part, point := bytes.Cut(text, []byte("."))
	if !isDigits(whole) || len(whole) > 9 || point && (!isDigits(part) || len(part) > 9) {
		return nil, false
	}
	for len(text) > 1 && text[0] == '0' && text[1] != '.' {
		text = text[1:]
	}
	return text, true
}

const daysOfYear = 365.2425

// days is about how many days the age is.
func (a age) days() float64 {
	n, scale := 0.0, 1.0
	point := false
	for _, c := range a.value {
		if c == '.' {
			point = true
			continue
		}
		n = n*10 + float64(c-'0')
		if point {
			scale *= 10
		}
	}
	return n / scale * map[byte]float64{'d': 1, 'w': 7, 'm': daysOfYear / 12, 'y': daysOfYear}[a.unit]
}

// isNumber tells that a text is -?digits[.digits].
func isNumber(text []byte) bool {
	_, ok := plainAge(bytes.TrimPrefix(text, []byte("-")))
	return ok
}
