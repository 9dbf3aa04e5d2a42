package rule

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// drugWords are the words in names of drugs that are written otherwise than with a capital, by their lower case (rule STD-MED-1).
var drugWords = map[string]string{
	"mg": "mg", "mcg": "mcg", "ml": "mL", "meq": "mEq", "mmol": "mmol", "iu": "IU",
	"hcl": "HCl", "xr": "XR", "er": "ER", "sr": "SR", "cr": "CR", "dr": "DR", "odt": "ODT",
}

const longestDrugWord = 4

// drugNames is rules STD-MED-1 and VAL-MED-1.
func drugNames(*Column) func(*Cell) {
	return func(c *Cell) {
		switch {
		case isNumberName(c.Text):
			c.Keep("VAL-MED-1", record.Warning, "a number, not the name of a drug; kept")
		case len(c.Text) == len("test") && hasFold(c.Text, "test"):
			c.Keep("VAL-MED-1", record.Warning, "a test, not the name of a drug; kept")
		case isOneCase(c.Text):
			c.Set("STD-MED-1", titleDrug(c.Bytes, c.Text))
		}
	}
}

// isNumberName tells whether text is digits with marks between them and nothing else.
func isNumberName(text []byte) bool {
	digits := false
	for _, b := range text {
		switch {
		case b-'0' < 10:
			digits = true
		case b != '.' && b != ',' && b != '-' && b != '+' && b != '/' && b != ' ':
			return false
		}
	}
	return digits
}

// titleDrug writes each word of a name of one case with a capital, save units and forms.
func titleDrug(bytesOf room, text []byte) []byte {
	out := bytesOf(len(text) + 8)
	amount := false // What stands before is a number or a line, so that g is grams.
	for i := 0; i < len(text); {
		end := i + wordEnd(text[i:])
		if end == i {
			amount = text[i] == '/' || amount && (text[i] == ' ' || text[i] == '.' || text[i] == ',')
			out = append(out, text[i])
			i++
			continue
		}
		out, amount = appendDrugWord(out, text[i:end], amount)
		i = end
	}
	if !norm.NFC.IsNormal(out) { // Some letters compose with marks in one case only.
		out = norm.NFC.Bytes(out)
	}
	if len(readable(bytesOf, out)) < len(out) { // It would look as if it had been decoded twice (rule STD-ENC-2).
		return text
	}
	return out
}

// wordEnd returns the length of the letters, digits and apostrophes that text begins with.
func wordEnd(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '\'' && r != '’' {
			return i
		}
		i += size
	}
	return len(text)
}

// appendDrugWord appends one word: digits and a unit, a form, or letters with a capital. It tells whether the word is a number.
func appendDrugWord(out, word []byte, amount bool) ([]byte, bool) {
	digits := 0
	for digits < len(word) && isDigit(word[digits]) {
		digits++
	}
	if digits == len(word) {
		return append(out, word...), true
	}
	var buf [longestDrugWord]byte
	if letters := word[digits:]; len(letters) <= longestDrugWord {
		key := lowerInto(buf[:0], letters)
		written, known := drugWords[string(key)]
		if amount = amount || digits > 0; amount && string(key) == "g" {
			written, known = "g", true
		}
		if known {
			return append(append(out, word[:digits]...), written...), false
		}
	}
	return appendTitle(out, word), false
}
