// Package ucum reads units of measure into the notation of UCUM (rules STD-UNIT-1 and VAL-UNIT-1): those of its table, as they are
// written or by another name, and what can be joined from them. It imports nothing of ours.
package ucum

import "bytes"

// Subject is what was measured, as far as the meaning of a unit depends on it.
type Subject uint8

// The subjects.
const (
	Anything  Subject = iota // something else, or not known
	Enzyme                   // IU/L is U/L
	CellCount                // G/L is 10*9/L
	INR                      // ratio is {INR}
)

// Reading is what a text means.
type Reading struct {
	// Unit is the canonical unit; nil: the text is none. It must not be changed and may be the text itself.
	Unit []byte
	// Depends tells that another subject gives another reading.
	Depends bool
	// Doubtful tells that the reading is only the likelier one.
	Doubtful bool
	// Bare tells that the text is a single part of a unit such as L, which by itself may be no unit but a letter.
	Bare bool
}

// longest is the most bytes of a unit.
const longest = 96

// Parse reads a unit of whatever is measured.
func Parse(text []byte) (unit []byte, known bool) {
	r := Read(text, Anything)
	return r.Unit, r.Unit != nil
}

// Read reads a unit of what is measured. It does not allocate for what the table holds.
func Read(text []byte, subject Subject) Reading {
	if len(text) == 0 || len(text) > longest {
		return Reading{}
	}
	l := units()
	if unit, ok := l.exact[string(text)]; ok {
		return Reading{Unit: unit}
	}
	var buf, keyBuf [longest]byte
	bared := bare(buf[:0], text)
	if unit, ok := l.exact[string(bared)]; ok {
		return Reading{Unit: unit}
	}
	if meanings, ok := l.cased[string(bared)]; ok {
		return choose(meanings, subject)
	}
	if meanings, ok := l.folded[string(fold(keyBuf[:0], bared))]; ok {
		return choose(meanings, subject)
	}
	unit, parts := l.join(keyBuf[:0], bared)
	switch {
	case parts == 0:
		return Reading{}
	case bytes.Equal(unit, text):
		return Reading{Unit: text, Bare: parts == 1}
	}
	return Reading{Unit: bytes.Clone(unit), Bare: parts == 1}
}

// choose picks the meaning for a subject.
func choose(meanings []meaning, subject Subject) Reading {
	depends := meanings[0].subject != Anything
	for _, m := range meanings {
		if m.subject == subject || m.subject == Anything {
			return Reading{Unit: m.unit, Depends: depends, Doubtful: m.doubtful}
		}
	}
	return Reading{Depends: depends}
}

// bare appends text without spaces and with u for the micro sign.
func bare(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == ' ':
		case i+1 < len(text) && (b == 0xC2 && text[i+1] == 0xB5 || b == 0xCE && text[i+1] == 0xBC):
			dst = append(dst, 'u')
			i++
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

// fold appends text in lower case and with plain digits for the raised ones.
func fold(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		b := text[i]
		switch digit, size := raised(text[i:]); {
		case size > 0:
			dst = append(dst, digit)
			i += size - 1
		case 'A' <= b && b <= 'Z':
			dst = append(dst, b+'a'-'A')
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

// raised returns the digit that text begins with when it is a superscript, and its length in UTF-8; 0: it is none.
func raised(text []byte) (digit byte, size int) {
	switch {
	case text[0] == 0xC2 && len(text) > 1:
		switch text[1] {
		case 0xB9:
			return '1', 2
		case 0xB2, 0xB3:
			return text[1] - 0xB2 + '2', 2
		}
	case text[0] == 0xE2 && len(text) > 2 && text[1] == 0x81 && (text[2] == 0xB0 || text[2]-0xB4 < 6):
		return text[2] - 0xB0 + '0', 3
	}
	return 0, 0
}
