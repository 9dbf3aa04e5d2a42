package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
)

var (
	noParts   = &remark{}
	noMoment  = &remark{rule: "STD-DATE-2", message: "date and time cannot be read together; kept"}
	noStudy   = &remark{rule: "STD-IMG-2", message: noMoment.message}
	noCompose = &remark{rule: "STD-DATE-8", message: "year, month and day cannot be read together; kept"}
)

// readWithTime reads a date and the time that stands in a column of its own. A date with a time of its own needs no other. What
// cannot be read together becomes the cell's text.
func (d *dater) readWithTime(c *Cell, time []byte) *remark {
	wrong := d.read(c.Text)
	if wrong == nil {
		if d.moment.Clock.Has || d.joinTime(time) {
			return nil
		}
		if wrong = noMoment; d.dicom {
			wrong = noStudy
		}
	}
	joined := append(append(append(c.Bytes(len(c.Text)+1+len(time)), c.Text...), ' '), time...)
	// Whatever is kept must not be readable in one piece, or it would be read the second time.
	if d.read(joined) == nil {
		d.canonical = false
		return nil
	}
	c.Text = joined
	return wrong
}

// joinTime gives the moment, a date, the time.
func (d *dater) joinTime(time []byte) bool {
	m := &d.moment
	if !m.Full() {
		return false
	}
	if d.dicom {
		if done, ok := d.joinDicomTime(time); done {
			return ok
		}
	}
	r := &d.reading
	if !calendar.ParseClock(time, r) || r.Impossible {
		return false
	}
	m.Clock, m.Zone, d.canonical = r.Clock, r.Zone, false
	if m.Zone.Kind == calendar.Abbreviated {
		m.Zone = calendar.Zone{}
		d.say(abbreviatedZone)
	}
	m.Settle()
	return m.Year <= 9999
}

// addOffset applies an offset that stands in a column of its own.
func (d *dater) addOffset(c *Cell) {
	m, offset := &d.moment, c.Source(offsetSource)
	if offset == nil || !m.Clock.Has || m.Zone.Kind != calendar.Local || d.alone {
		return
	}
	r := &d.reading
	if !calendar.ParseOffset(offset, r) || r.Impossible || r.Zone.Kind == calendar.Abbreviated {
		d.say(unreadOffset)
		return
	}
	m.Zone, d.canonical = r.Zone, false
}

// readParts composes a date of the columns for year, month and day: as far as the first that is missing (rule STD-DATE-8).
func (d *dater) readParts(c *Cell) *remark {
	year := c.Source(yearSource)
	if year == nil || d.alone {
		return noParts
	}
	month, day := c.Source(monthSource), c.Source(daySource)
	if d.setParts(year, month, day) {
		d.text, d.canonical, d.rule = nil, false, "STD-DATE-8"
		d.reading = calendar.Reading{Kind: calendar.Fixed, Moment: d.moment}
		if d.verify() == nil {
			return nil
		}
	}
	joined := append(c.Bytes(len(year)+len(month)+len(day)+2), year...)
	for _, part := range [][]byte{month, day} {
		if part != nil {
			joined = append(append(joined, ' '), part...)
		}
	}
	if d.read(joined) == nil {
		d.canonical = false
		return nil
	}
	c.Text = joined
	return noCompose
}

func (d *dater) setParts(year, month, day []byte) bool {
	y, ok := partNumber(year)
	m, monthOK := partNumber(month)
	if name := calendar.MonthNumber(month); name > 0 {
		m, monthOK = name, true
	}
	n, dayOK := partNumber(day)
	if m == 0 {
		n, dayOK = 0, true
	}
	d.moment = calendar.Moment{Year: y, Month: m, Day: n}
	return ok && monthOK && dayOK && y >= 1000
}

// partNumber reads up to four digits; no text is 0. Spreadsheets and data frames write whole numbers with .0 behind them.
func partNumber(text []byte) (int, bool) {
	digits := bytes.TrimSuffix(text, []byte(".0"))
	if len(digits) == 0 {
		return 0, len(text) == 0
	}
	if len(digits) > 4 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	return calendar.Small(digits), true
}
