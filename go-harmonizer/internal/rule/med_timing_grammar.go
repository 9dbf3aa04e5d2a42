package rule

import "bytes"

// countWords are numbers as words; other is the second of two.
var countWords = []struct {
	word string
	n    int
}{{"one", 1}, {"two", 2}, {"three", 3}, {"four", 4}, {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9}, {"ten", 10},
	{"twelve", 12}}

// periodUnits are the units of Timing.repeat.periodUnit by their words.
var periodUnits = map[string]string{"h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "d": "d", "day": "d", "days": "d",
	"wk": "wk", "wks": "wk", "week": "wk", "weeks": "wk", "mo": "mo", "mos": "mo", "month": "mo", "months": "mo"}

// timesUnits are the units that something is done so many times in.
var timesUnits = map[string]string{"d": "d", "day": "d", "daily": "d", "wk": "wk", "week": "wk", "weekly": "wk", "mo": "mo", "month": "mo",
	"monthly": "mo"}

// readEvery reads q6h, every 4-6 hours, every other week.
func readEvery(key []byte) (t timing, ok bool) {
	rest, ok := cutAny(key, "every", "each", "q")
	if !ok {
		return t, false
	}
	t.frequency, t.period = 1, 1
	if after, found := cutAny(rest, "other"); found {
		t.period, rest = 2, after
	} else if n, after := cutCount(rest); n > 0 {
		t.period, rest = n, after
		if after, found := cutAny(rest, "-", "to"); found {
			if t.periodMax, rest = cutCount(after); t.periodMax <= t.period {
				return t, false
			}
		}
	}
	t.unit = periodUnits[string(rest)]
	return t, t.unit != ""
}

// readTimes reads twice daily, 3x/week, 2 times every 3 weeks.
func readTimes(key []byte) (t timing, ok bool) {
	n, rest := cutTimes(key)
	if n == 0 {
		return t, false
	}
	if t, ok = readEvery(rest); !ok {
		rest, _ = cutAny(rest, "/", "per", "a")
		t = timing{period: 1, unit: timesUnits[string(rest)]}
	}
	t.frequency = n
	return t, t.unit != "" && t.periodMax == 0
}

// cutTimes cuts once, twice, thrice, 3 times or 3x off the key; 0: none of them.
func cutTimes(key []byte) (n int, rest []byte) {
	for i, word := range []string{"once", "twice", "thrice"} {
		if rest, found := cutAny(key, word); found {
			return i + 1, rest
		}
	}
	n, rest = cutCount(key)
	rest, found := cutAny(rest, "times", "time", "x")
	if !found {
		return 0, nil
	}
	return n, rest
}

const countDigits = 3 // most digits of a number of times or of a period

// cutCount cuts a positive number, in digits or as a word, off the key; 0: none.
func cutCount(key []byte) (n int, rest []byte) {
	digits := 0
	for digits < len(key) && isDigit(key[digits]) {
		n = 10*n + int(key[digits]-'0')
		if digits++; digits > countDigits {
			return 0, key
		}
	}
	if digits > 0 {
		return n, key[digits:]
	}
	for _, w := range countWords {
		if rest, found := cutAny(key, w.word); found {
			return w.n, rest
		}
	}
	return 0, key
}

// cutAny cuts the first of the words that the key begins with off it.
func cutAny(key []byte, words ...string) (rest []byte, found bool) {
	for _, word := range words {
		if rest, found = bytes.CutPrefix(key, []byte(word)); found {
			return rest, true
		}
	}
	return key, false
}
