package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
)

// Rule STD-IMG-2 is read by the date rules: DA and DT are forms of STD-DATE-5, the legacy DA is one of STD-DATE-2. What DICOM adds
// are times without colons, and warnings at legacy forms. Source: DICOM PS3.5, 6.2.
var (
	dicomRange      = &remark{rule: "STD-IMG-2", message: "a range of dates; kept"}
	legacyDicomDate = &remark{"STD-IMG-2", true, "date in the legacy form with points"}
	legacyDicomTime = &remark{"STD-IMG-2", true, "time in the legacy form with colons"}
	dicomHour       = &remark{"STD-IMG-2", true, "time has the hour only and is left out"}
)

// noteDicom puts a change down to STD-IMG-2 where the form is DICOM's.
func (d *dater) noteDicom() {
	r := &d.reading
	switch {
	case r.Kind == calendar.Digits && d.rule == "STD-DATE-5":
		d.rule = "STD-IMG-2"
	case r.Kind == calendar.Fixed && r.Separator == '.' && !r.Missing:
		d.rule = "STD-IMG-2"
		d.say(legacyDicomDate)
	}
}

// isDicomRange tells that a text is two dates or times with a hyphen between or beside them.
func isDicomRange(text []byte) bool {
	from, to, found := bytes.Cut(text, []byte("-"))
	if !found || len(from)+len(to) < 4 {
		return false
	}
	for _, c := range text {
		if c != '-' && c != '.' && (c < '0' || c > '9') {
			return false
		}
	}
	return (len(from) == 0 || len(from) >= 4) && (len(to) == 0 || len(to) >= 4)
}

// joinDicomTime reads HH[MM[SS[.F]]] with one to six digits of fraction. done is false when the time is in no such form.
func (d *dater) joinDicomTime(time []byte) (done, ok bool) {
	digits, fraction, point := bytes.Cut(time, []byte("."))
	if !isDigits(digits) {
		if bytes.IndexByte(time, ':') >= 0 {
			d.say(legacyDicomTime)
		}
		return false, false
	}
	n := len(digits)
	if n != 2 && n != 4 && n != 6 || point && (n != 6 || len(fraction) > 6 || !isDigits(fraction)) {
		return true, false
	}
	at := [3]int{}
	for i := range n / 2 {
		at[i] = calendar.Small(digits[2*i : 2*i+2])
	}
	if at[0] > 23 || at[1] > 59 || at[2] > 60 {
		return true, false
	}
	d.canonical, d.rule = false, "STD-IMG-2"
	if n == 2 {
		// Minutes are never invented (rule STD-DATE-1).
		d.say(dicomHour)
		return true, true
	}
	d.moment.Clock = calendar.Clock{Has: true, Hour: uint8(at[0]), Minute: uint8(at[1]), Second: uint8(at[2]), Fraction: fraction}
	return true, true
}

func isDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}
