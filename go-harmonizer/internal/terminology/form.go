package terminology

import "slices"

const codeMost = 64 // bytes of the longest code that is kept

// form is how the codes of a system are written.
type form uint8

const (
	anyForm form = iota
	loincForm
	snomedForm
	rxNormForm
	icd10Form
	icd9Form
	ndcForm
)

var forms = map[string]form{LOINC: loincForm, SNOMED: snomedForm, RxNorm: rxNormForm, ICD10: icd10Form, ICD9: icd9Form, NDC: ndcForm}

// mark is the one byte that stands where it always stands and is not packed, 0 when there is none.
func (f form) mark() byte {
	switch f {
	case loincForm:
		return '-'
	case icd10Form, icd9Form:
		return '.'
	}
	return 0
}

// write appends the code to dst as the system writes it, and tells whether it can be one. Room for codeMost bytes is enough.
func (f form) write(dst, code []byte) ([]byte, bool) {
	switch f {
	case loincForm:
		return writeLOINC(dst, code)
	case snomedForm:
		return writeNumber(dst, code, 6, 18)
	case rxNormForm:
		return writeNumber(dst, code, 1, 8)
	case icd10Form:
		return writeICD(dst, code, 3, 7)
	case icd9Form:
		return writeICD9(dst, code)
	case ndcForm:
		return writeNDC(dst, code)
	}
	return writeAny(dst, code)
}

// pack makes a number of 62 bits of a code, so that no two of a form become the same: of up to 18 digits, leading zeros
// included, else of up to 8 printable bytes of ASCII. mark is left out.
func pack(code []byte, mark byte) (uint64, bool) {
	number, text, n, digits := uint64(1), uint64(1), 0, true
	for _, b := range code {
		if b == mark && mark != 0 {
			continue
		}
		if n++; b <= ' ' || b >= 0x7f || n > 18 {
			return 0, false
		}
		digits = digits && isDigit(b)
		number = number*10 + uint64(b-'0')
		text = text<<7 | uint64(b)
	}
	switch {
	case n > 0 && digits:
		return number, true // below 2e18, so below 1<<61
	case n > 0 && n <= 8:
		return 1<<61 | text&(1<<56-1), true
	}
	return 0, false
}

func isDigit(b byte) bool { return b-'0' < 10 }

func digitsOf(code []byte) int {
	if i := slices.IndexFunc(code, func(b byte) bool { return !isDigit(b) }); i >= 0 {
		return i
	}
	return len(code)
}

func writeNumber(dst, code []byte, least, most int) ([]byte, bool) {
	n := len(code)
	return append(dst, code...), n >= least && n <= most && code[0] != '0' && digitsOf(code) == n
}

func writeLOINC(dst, code []byte) ([]byte, bool) {
	n := len(code) - 2
	if n < 1 || n > 7 {
		return nil, false
	}
	return append(dst, code...), digitsOf(code) == n && code[n] == '-' && isDigit(code[n+1])
}

// writeICD puts the point, which the files leave out, behind head characters.
func writeICD(dst, code []byte, head, most int) ([]byte, bool) {
	if len(code) < head || len(code) > most+1 {
		return nil, false
	}
	for i, b := range code {
		if b-'a' < 26 {
			b -= 'a' - 'A'
		}
		if b == '.' && i == head && i < len(code)-1 {
			continue
		}
		if !isDigit(b) && b-'A' >= 26 {
			return nil, false
		}
		if len(dst) == head {
			dst = append(dst, '.')
		}
		dst = append(dst, b)
	}
	return dst, len(dst) <= most+1
}

func writeICD9(dst, code []byte) ([]byte, bool) {
	if len(code) > 0 && code[0]|0x20 == 'e' {
		return writeICD(dst, code, 4, 5)
	}
	return writeICD(dst, code, 3, 5)
}

// writeNDC writes 4-4-2, 5-3-2, 5-4-1 and 5-4-2 digits as 11 without hyphens.
func writeNDC(dst, code []byte) ([]byte, bool) {
	if len(code) == 11 && digitsOf(code) == 11 {
		return append(dst, code...), true
	}
	if n := len(code); n < 12 || n > 13 {
		return nil, false
	}
	for i, width := range [3]int{5, 4, 2} {
		n := digitsOf(code)
		end := i == 2
		if n == 0 || n < width-1 || n > width || end != (n == len(code)) || !end && code[n] != '-' {
			return nil, false
		}
		if n < width {
			dst = append(dst, '0')
		}
		dst = append(dst, code[:n]...)
		if !end {
			code = code[n+1:]
		}
	}
	return dst, true
}

// writeAny takes what has no control characters.
func writeAny(dst, code []byte) ([]byte, bool) {
	if len(code) == 0 || len(code) > codeMost || slices.ContainsFunc(code, func(b byte) bool { return b < ' ' || b == 0x7f }) {
		return nil, false
	}
	return append(dst, code...), true
}
