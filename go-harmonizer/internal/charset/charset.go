// Package charset finds out how text is encoded and makes UTF-8 of it (rule STD-ENC-1).
//
// UTF-16 is known from the first bytes and becomes UTF-8 at once. Between UTF-8 and windows-1252 only the whole file decides: such
// text passes a Reader as it is, the Reader's verdict comes at the end, and Decode is applied to what was kept.
package charset

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"

// Label is the name of an encoding in the WHATWG Encoding Standard.
type Label string

// The encodings.
const (
	UTF8        Label = "utf-8"
	Windows1252 Label = "windows-1252"
	UTF16LE     Label = "utf-16le"
	UTF16BE     Label = "utf-16be"
)

// Parse returns the label for a forced encoding, in lower case; empty means none is forced. It fails with fault.Invalid.
func Parse(name string) (Label, error) {
	switch l := Label(name); l {
	case "", UTF8, Windows1252, UTF16LE, UTF16BE:
		return l, nil
	}
	return "", fault.New(fault.Invalid, "UNKNOWN_ENCODING", "the encoding has to be one of %s, %s, %s, %s", UTF8, Windows1252, UTF16LE, UTF16BE)
}

// wide tells that the encoding has two bytes a unit.
func (l Label) wide() bool { return l == UTF16LE || l == UTF16BE }

// boms are the byte order marks.
var boms = []struct {
	label Label
	bytes string
}{{UTF8, "\xef\xbb\xbf"}, {UTF16LE, "\xff\xfe"}, {UTF16BE, "\xfe\xff"}}

// headBytes is where NUL bytes are looked for (rule STD-ENC-1).
const headBytes = 4 << 10

// detect returns the label that a forced one, a BOM or NUL bytes decide for, empty when the whole file has to, and the length of
// the BOM to drop.
func detect(head []byte, forced Label) (label Label, bom int) {
	for _, b := range boms {
		if len(head) < len(b.bytes) || string(head[:len(b.bytes)]) != b.bytes {
			continue
		}
		switch {
		case forced == "" || forced == b.label:
			return b.label, len(b.bytes)
		case forced == Windows1252 && b.label == UTF8:
			return forced, len(b.bytes) // as text it would be "ï»¿", which nobody writes
		}
	}
	if forced != "" {
		return forced, 0
	}
	even, odd := nuls(head)
	switch {
	case 10*odd >= 3*len(head) && even == 0 && odd > 0:
		return UTF16LE, 0
	case 10*even >= 3*len(head) && odd == 0 && even > 0:
		return UTF16BE, 0
	}
	return "", 0
}

// nuls counts the NUL bytes at even and at odd offsets.
func nuls(head []byte) (even, odd int) {
	for i, c := range head {
		if c == 0 {
			even, odd = even+1-i&1, odd+i&1
		}
	}
	return even, odd
}
