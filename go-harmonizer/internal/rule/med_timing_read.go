package rule

import "bytes"

const (
	unreadTiming = "not a frequency that is listed; kept"
	eyeTiming    = "once daily or right eye; kept"
)

// timingKey appends the text key without spaces and - _ . , ; ' ( ) to dst. Between digits one of them stays: 4-6 is not 46.
func timingKey(dst, text []byte) []byte {
	var buf [2 * longestTiming]byte
	start, mark := len(dst), byte(0)
	for key := textKey(buf[:0], text); len(key) > 0; {
		b, n := key[0], 1
		if dash := dashLength(key); dash > 0 {
			b, n = '-', dash
		}
		key = key[n:]
		if joint[b] || b == ',' || b == ';' || b == '(' || b == ')' {
			if mark == 0 || mark == ' ' {
				mark = b
			}
			continue
		}
		if mark != 0 && len(dst) > start && isDigit(dst[len(dst)-1]) && isDigit(b) {
			dst = append(dst, mark)
		}
		dst, mark = append(dst, b), 0
	}
	return dst
}

func isDigit(b byte) bool { return b-'0' < 10 }

// read reads the key of a frequency, with as needed before or behind it. It returns what is wrong, if anything.
func (l *timingWords) read(key []byte) (t timing, wrong string) {
	rest, asNeeded := cutAsNeeded(key)
	if asNeeded && len(rest) == 0 {
		return timing{asNeeded: true}, ""
	}
	t, ok := l.schedule(rest)
	switch {
	case ok:
		t.asNeeded = asNeeded
		return t, ""
	case l.eye[string(rest)]:
		return t, eyeTiming
	}
	return t, unreadTiming
}

func cutAsNeeded(key []byte) (rest []byte, found bool) {
	for _, word := range []string{"prn", "asneeded"} {
		if rest, found = bytes.CutSuffix(key, []byte(word)); found {
			return rest, true
		}
		if rest, found = bytes.CutPrefix(key, []byte(word)); found {
			return rest, true
		}
	}
	return key, false
}

// schedule reads a frequency, with before or after meals behind it.
func (l *timingWords) schedule(key []byte) (timing, bool) {
	if t, ok := l.words[string(key)]; ok {
		return t, true
	}
	for _, meal := range []string{"ac", "beforemeals", "pc", "aftermeals"} {
		if rest, found := bytes.CutSuffix(key, []byte(meal)); found {
			t, ok := l.rate(rest)
			t.when = l.words[meal].when
			return t, ok
		}
	}
	return l.rate(key)
}

// rate reads how often: a listed word, every 4 hours, 3 times a day.
func (l *timingWords) rate(key []byte) (timing, bool) {
	if t, ok := l.words[string(key)]; ok {
		return t, t.frequency > 0 && t.when == ""
	}
	t, ok := readEvery(key)
	if !ok {
		t, ok = readTimes(key)
	}
	t.code = ""
	if ok && t.periodMax == 0 {
		t.code = l.codes[rate{t.frequency, t.period, t.unit}]
	}
	return t, ok
}
