package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// rxnorms is rules STD-RX-1 and VAL-RX-1.
func rxnorms(*Column) func(*Cell) {
	return func(c *Cell) {
		if !isRXCUI(c.Text) && sheetDamage(c) {
			return
		}
		code := cutPrefixes(c.Text, "rxcui:", "rxnorm:")
		if !isRXCUI(code) {
			c.Keep("VAL-RX-1", record.Error, "not an RxNorm concept identifier")
			return
		}
		if rxNormMembership.admits(c, code) {
			c.Set("STD-RX-1", code)
		}
	}
}

// isRXCUI is ^[1-9]\d{0,7}$.
func isRXCUI(text []byte) bool {
	return len(text) >= 1 && len(text) <= 8 && text[0] != '0' && digitsAt(text, 0) == len(text)
}

// sctKind is what a SNOMED CT identifier identifies (rule VAL-SCT-1).
type sctKind uint8

const (
	sctNone sctKind = iota // it is none
	sctConcept
	sctDescription
	sctRelationship
	sctOther
)

// sctKindOf reads a SNOMED CT identifier: ^[1-9]\d{5,17}$ with a Verhoeff check digit and, before it, a partition of two digits.
func sctKindOf(text []byte) sctKind {
	n := len(text)
	if n < 6 || n > 18 || text[0] == '0' || digitsAt(text, 0) != n || !verhoeff(text) {
		return sctNone
	}
	switch string(text[n-3 : n-1]) {
	case "00", "10":
		return sctConcept
	case "01", "11":
		return sctDescription
	case "02", "12":
		return sctRelationship
	}
	return sctOther
}

// verhoeff tells whether the last of the digits is the check digit of Verhoeff's dihedral scheme.
func verhoeff(digits []byte) bool {
	check := byte(0)
	for i := range digits {
		d := digits[len(digits)-1-i] - '0'
		check = dihedral[check][permuted[i%8][d]]
	}
	return check == 0
}

// dihedral is the multiplication of the group of the pentagon's symmetries, permuted the scheme's permutation applied 0 to 7 times.
var (
	dihedral = [10][10]byte{
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
		{4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1}, {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
		{8, 7, 6, 5, 9, 3, 2, 1, 0, 4}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
	}
	permuted = func() (p [8][10]byte) {
		step := [10]byte{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
		for d := range byte(10) {
			p[0][d] = d
			for i := 1; i < 8; i++ {
				p[i][d] = step[p[i-1][d]]
			}
		}
		return p
	}()
)
