package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

const (
	icdMost = 8           // bytes of the longest code: ICD-10-CM, seven characters and the point
	icdRoom = icdMost + 1 // for a point that makes a code too long
)

// standardizeICD is rules STD-ICD-1 and VAL-ICD-1. Only the shape is tested where no table of codes is loaded.
func standardizeICD(c *Cell, s system) {
	code, ok := icdOf(c.Bytes(icdRoom), c.Text, s)
	switch {
	case !ok && s == icd10Codes:
		c.Keep("VAL-ICD-1", record.Error, "not the shape of an ICD-10-CM code")
	case !ok:
		c.Keep("VAL-ICD-1", record.Error, "not the shape of an ICD-9-CM code")
	case !memberships[s].admits(c, code): // kept
	case c.Text[len(c.Text)-1] == '.':
		c.SetAs("STD-ICD-1", code, record.Warning, "point with nothing behind it removed")
	default:
		c.Set("STD-ICD-1", code)
	}
}

// icdOf appends the code to dst in capitals and with its point, and tells whether it has the shape of the system's codes:
// ^[A-Z]\d[0-9AB](\.[0-9A-Z]{1,4})?$ or ^(\d{3}(\.\d{1,2})?|V\d{2}(\.\d{1,2})?|E\d{3}(\.\d)?)$.
func icdOf(dst, text []byte, s system) ([]byte, bool) {
	if len(text) < 3 || len(text) > icdMost {
		return nil, false
	}
	first := upperOf(text[0])
	head := 3
	if s == icd9Codes && first == 'E' {
		head = 4
	}
	for i, b := range text {
		if b == '.' {
			if i != head {
				return nil, false
			}
			continue
		}
		if len(dst) == head {
			dst = append(dst, '.')
		}
		dst = append(dst, upperOf(b))
	}
	if s == icd9Codes {
		return dst, isICD9(dst, head)
	}
	return dst, isICD10(dst)
}

func upperOf(b byte) byte {
	if b-'a' < 26 {
		return b - 'a' + 'A'
	}
	return b
}

func isICD10(code []byte) bool {
	n := len(code)
	if n < 3 || n > icdMost || code[0]-'A' >= 26 || code[1]-'0' >= 10 || code[2]-'0' >= 10 && code[2] != 'A' && code[2] != 'B' {
		return false
	}
	for _, b := range code[min(n, 4):] {
		if b-'0' >= 10 && b-'A' >= 26 {
			return false
		}
	}
	return true
}

// isICD9 looks at a code whose point, if any, stands behind head characters.
func isICD9(code []byte, head int) bool {
	start := 1
	if code[0]-'0' < 10 {
		start = 0
	} else if code[0] != 'V' && code[0] != 'E' {
		return false
	}
	if digitsAt(code, start) != head-start {
		return false
	}
	most := head + 3
	if head == 4 {
		most = head + 2
	}
	n := len(code)
	return n == head || n <= most && digitsAt(code, head+1) == n-head-1
}

// isICDAlike tells that a code is the same in both systems, and written as it should be.
func isICDAlike(text []byte) bool {
	var nine, ten [icdRoom]byte
	a, _ := icdOf(nine[:0], text, icd9Codes)
	b, _ := icdOf(ten[:0], text, icd10Codes)
	return bytes.Equal(a, text) && bytes.Equal(b, text)
}

// icdReadings names what a code may be of the two systems, where it is not the same in both.
func icdReadings(text []byte) string {
	var nine, ten [icdRoom]byte
	a, ok9 := icdOf(nine[:0], text, icd9Codes)
	b, ok10 := icdOf(ten[:0], text, icd10Codes)
	if !ok9 || !ok10 || bytes.Equal(a, b) {
		return "ICD-10-CM or ICD-9-CM"
	}
	return "ICD-10-CM " + string(b) + " or ICD-9-CM " + string(a)
}
