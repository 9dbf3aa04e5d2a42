package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// loincs is rules STD-LOINC-1 and VAL-LOINC-1.
func loincs(*Column) func(*Cell) {
	return func(c *Cell) {
		if !isLOINC(c.Text) && sheetDamage(c) {
			return
		}
		code := cutPrefixes(c.Text, "loinc:")
		switch n := len(code); {
		case isLOINCShape(code):
			readLOINC(c, code)
		case n >= 2 && n <= 8 && digitsAt(code, 0) == n && loincCheck(code[:n-1]) == code[n-1]:
			hyphened := append(append(c.Bytes(n+1), code[:n-1]...), '-', code[n-1])
			if memberships[loincCodes].admits(c, hyphened) {
				c.SetAs("STD-LOINC-1", hyphened, record.Warning, "missing hyphen restored, as the check digit matches")
			}
		default:
			c.Keep("VAL-LOINC-1", record.Error, "not a LOINC code")
		}
	}
}

// readLOINC reads a code of the right shape. A table that has the code knows better than its check digit, with which a few were
// given out wrong.
func readLOINC(c *Cell, code []byte) {
	m := &memberships[loincCodes]
	matches := loincCheck(code[:len(code)-2]) == code[len(code)-1]
	if !matches && !loincExceptions[string(code)] {
		if known, _ := m.table(c.column.Params).Lookup(code); !known {
			c.Keep("VAL-LOINC-1", record.Error, "check digit does not match")
			return
		}
	}
	if !m.admits(c, code) {
		return
	}
	c.Set("STD-LOINC-1", code)
	if !matches {
		c.Note("VAL-LOINC-1", record.Warning, "a deprecated code whose check digit never matched")
	}
}

// loincExceptions are deprecated codes that were given out with a wrong check digit.
var loincExceptions = map[string]bool{"11491-6": true, "11501-6": true, "5895-7": true, "5896-5": true, "5897-3": true,
	"5928-1": true, "6028-3": true, "6415-5": true, "6580-7": true, "6645-7": true, "6646-5": true, "6647-3": true,
	"6648-1": true, "6649-9": true}

// isLOINC tells whether text is a LOINC code as it should be written, check digit included.
func isLOINC(text []byte) bool {
	if !isLOINCShape(text) {
		return false
	}
	n := len(text)
	return loincCheck(text[:n-2]) == text[n-1] || loincExceptions[string(text)]
}

// isLOINCShape is ^\d{1,7}-\d$.
func isLOINCShape(text []byte) bool {
	n := len(text) - 2
	return n >= 1 && n <= 7 && text[n] == '-' && text[n+1]-'0' < 10 && digitsAt(text, 0) == n
}

// loincCheck returns the check digit, Luhn mod 10, of the digits before the hyphen.
func loincCheck(digits []byte) byte {
	var buf [8]byte
	sum := luhn(append(append(buf[:0], digits...), '0'))
	return '0' + byte((10-sum%10)%10)
}

// cutPrefixes cuts one of the prefixes, which are in lower case, and the space behind it off a code.
func cutPrefixes(code []byte, prefixes ...string) []byte {
	for _, p := range prefixes {
		if hasFold(code, p) {
			return bytes.TrimLeft(code[len(p):], " ")
		}
	}
	return code
}
