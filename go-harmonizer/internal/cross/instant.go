package cross

import (
	"cmp"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
)

// instant is a canonical date and time (rule STD-DATE-1). Where the offset is missing, or the time, it counts as 0.
type instant struct {
	day      int    // of the calendar where it was written, counted as calendar.Days counts
	second   int    // since the same day 0 at offset 0
	fraction string // of the second: digits without zeros at the end
}

// parse reads a text that names at least a day; it tells whether it does.
func (t *instant) parse(text string) bool {
	if len(text) < len("2024-03-05") || !isDashed(text[:10]) {
		return false
	}
	year, month, day := number(text[:4]), number(text[5:7]), number(text[8:10])
	if !calendar.Valid(year, month, day) {
		return false
	}
	t.day = calendar.Days(year, month, day)
	t.second = t.day * 86400
	if len(text) == 10 {
		return true
	}
	if len(text) < len("2024-03-05T14:05:00") || text[10] != 'T' {
		return false
	}
	t.second += number(text[11:13])*3600 + number(text[14:16])*60 + number(text[17:19])
	return t.parseRest(text[19:])
}

// parseRest reads the fraction of the second and the offset.
func (t *instant) parseRest(rest string) bool {
	if strings.HasPrefix(rest, ".") {
		end := 1
		for end < len(rest) && rest[end]-'0' < 10 {
			end++
		}
		t.fraction, rest = strings.TrimRight(rest[1:end], "0"), rest[end:]
	}
	switch {
	case rest == "" || rest == "Z":
		return true
	case len(rest) != len("+05:00"):
		return false
	}
	offset := number(rest[1:3])*3600 + number(rest[4:6])*60
	if rest[0] == '-' {
		offset = -offset
	}
	t.second -= offset
	return true
}

func (t instant) compare(other instant) int {
	return cmp.Or(cmp.Compare(t.second, other.second), cmp.Compare(t.fraction, other.fraction))
}

func isDashed(date string) bool {
	for i := range len(date) {
		if dash := i == 4 || i == 7; dash && date[i] != '-' || !dash && date[i]-'0' >= 10 {
			return false
		}
	}
	return true
}

// number reads digits; what is none counts as 0.
func number(digits string) (n int) {
	for i := range len(digits) {
		if d := digits[i] - '0'; d < 10 {
			n = 10*n + int(d)
		}
	}
	return n
}
