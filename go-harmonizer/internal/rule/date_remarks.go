package rule

import (
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Why a value is kept.
var (
	noForm         = &remark{rule: "STD-DATE-2", message: "in no known form of a date; kept"}
	notCanonical   = &remark{rule: "STD-DATE-1", message: "not in the form of a harmonized date; kept"}
	noCentury      = &remark{rule: "STD-DATE-4", message: "no century fits the two digits of the year; kept"}
	noDigits       = &remark{rule: "STD-DATE-5", message: "digits that are no date; kept"}
	unlikelyYear   = &remark{rule: "STD-DATE-5", message: "a year alone, and not between 1850 and next year; kept"}
	noSerial       = &remark{rule: "STD-DATE-6", message: "no serial of 1920 to 2099 among spreadsheet serials; kept"}
	loneNumber     = &remark{rule: "STD-DATE-6", message: "a number that is no date in this column; kept"}
	noEpoch        = &remark{rule: "STD-DATE-7", message: "no time since 1970 among such times; kept"}
	loneEpoch      = &remark{rule: "STD-DATE-7", message: "the column does not say what its numbers count; kept"}
	timeWithoutDay = &remark{rule: "STD-DATE-8", message: "a time without a full date; kept"}
	impossibleDate = &remark{rule: "STD-DATE-10", message: "no such day or time; kept"}
)

// What is said of a value that is written.
var (
	twoCenturies    = &remark{"STD-DATE-4", true, "year read as the later of two"}
	serialDate      = &remark{"STD-DATE-6", true, "number read as spreadsheet serial"}
	epochMoment     = &remark{"STD-DATE-7", true, "number read as time since 1970 in UTC"}
	epochDate       = &remark{"STD-DATE-7", true, "number read as time since 1970 in UTC; the day may be one off"}
	missingPart     = &remark{"STD-DATE-8", true, "day or month marked as not known and left out"}
	abbreviatedZone = &remark{"STD-DATE-9", true, "abbreviated time zone not applied"}
	droppedTime     = &remark{"STD-DATE-9", true, "time left out of a date field"}
	unreadOffset    = &remark{"STD-DATE-9", true, "offset in its own column cannot be read and is not applied"}
)

// told is the message of a remark; one about two readings names both (rule 0.3).
func (d *dater) told(r *remark) string {
	if r != twoCenturies {
		return r.message
	}
	return "year read as " + strconv.Itoa(d.moment.Year) + ", though " + strconv.Itoa(d.moment.Year-100) + " is possible"
}

// unreadNumber says why digits that are no date of their own are kept.
func unreadNumber(r *calendar.Reading) *remark {
	switch n := len(r.Number); {
	case r.Sign != 0 || n > 8 && n != 12 && n != 14:
		return loneEpoch
	case n == 4 || n >= 6:
		return noDigits
	}
	return loneNumber
}

// unreadable says why a text is in no form.
func (d *dater) unreadable(text []byte) *remark {
	if d.dicom && isDicomRange(text) {
		return dicomRange
	}
	return noForm
}

// nullSentinel is rule NULL-3. It tells whether the cell is null now.
func (d *dater) nullSentinel(c *Cell) bool {
	switch d.sentinel(&d.moment, d.text) {
	case defaultDate:
		c.Null("NULL-3", record.Warning, record.Unknown, "a default date that stands for a missing one")
		return true
	case openEnded:
		c.Null("NULL-3", record.Information, record.NotApplicable, "open-ended")
		return true
	}
	return false
}

// testFuture is rule VAL-DATE-1; a partial date is tested by its earliest day.
func (d *dater) testFuture(c *Cell) {
	m := &d.moment
	switch {
	case !d.end && m.FirstDay() > d.today+1:
		c.Note("VAL-DATE-1", record.Error, "in the future")
	case d.end && order(m.Year, m.Month, m.Day) > order(d.asOf.Year+10, d.asOf.Month, d.asOf.Day):
		c.Note("VAL-DATE-1", record.Warning, "ends more than 10 years from now")
	}
}
