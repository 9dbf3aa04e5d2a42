package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"

// read finds out what a text says; the moment holds it when nothing is wrong.
func (d *dater) read(text []byte) *remark {
	d.saidCount, d.text = 0, text
	r := &d.reading
	if !calendar.Parse(text, r) {
		return d.unreadable(text)
	}
	d.moment, d.canonical, d.rule = r.Moment, r.Canonical, "STD-DATE-2"
	var wrong *remark
	switch {
	case r.Kind == calendar.Pair:
		d.rule = "STD-DATE-3"
		wrong = d.orderPair(shapeOf(r), r.First, r.Second)
	case r.Kind == calendar.Digits:
		d.rule = "STD-DATE-5"
		wrong = d.readDigitsOrNumber()
	case r.Missing:
		d.rule = "STD-DATE-8"
		d.say(missingPart)
	}
	if wrong == nil && r.YearDigits == 2 {
		wrong = d.setCentury()
	}
	if wrong != nil {
		return wrong
	}
	return d.verify()
}

// verify looks at a moment whose tokens have their places.
func (d *dater) verify() *remark {
	r, m := &d.reading, &d.moment
	if r.Impossible || !m.Exists() {
		return impossibleDate
	}
	if m.Clock.Has && !m.Full() {
		if !m.Clock.Midnight() {
			return timeWithoutDay
		}
		m.Clock, m.Zone, d.canonical = calendar.Clock{}, calendar.Zone{}, false
	}
	if m.Clock.Hour == 24 {
		m.Settle()
		if d.canonical = false; m.Year > 9999 {
			return impossibleDate
		}
	}
	// A year alone must be one that STD-DATE-5 reads, or the output would not be accepted as input.
	if m.Month == 0 && (m.Year < firstYear || m.Year > d.asOf.Year+1) {
		return unlikelyYear
	}
	if m.Zone.Kind == calendar.Abbreviated {
		m.Zone = calendar.Zone{}
		d.say(abbreviatedZone)
	}
	if d.dicom {
		d.noteDicom()
	}
	return nil
}

func (d *dater) setCentury() *remark {
	m := &d.moment
	two := m.Year
	year, twice := d.fullYear(two, m.Month, m.Day)
	if year == 0 {
		if month, day := max(m.Month, 1), max(m.Day, 1); !calendar.Valid(1900+two, month, day) && !calendar.Valid(2000+two, month, day) {
			return impossibleDate
		}
		return noCentury
	}
	m.Year, d.rule = year, "STD-DATE-4"
	if twice {
		d.say(twoCenturies)
	}
	return nil
}

// readDigitsOrNumber reads digits by their length, else as what the column's numbers are.
func (d *dater) readDigitsOrNumber() *remark {
	r, m := &d.reading, &d.moment
	switch d.readDigits(r) {
	case digitDate:
		*m = r.Moment
		d.canonical = len(d.text) == 4
		return nil
	case digitPair:
		m.Year, d.rule = r.Year, "STD-DATE-3"
		return d.orderPair(eightDigits, r.First, r.Second)
	}
	switch {
	case d.numbers == serials && !r.Clock.Has:
		n := serial(r, d.system1904)
		if n == 0 {
			return noSerial
		}
		setSerial(m, n, r.Fraction)
		d.rule = "STD-DATE-6"
		d.say(serialDate)
		return nil
	case d.numbers > serials:
		if !setEpoch(m, r, d.numbers, d.fraction[:0]) {
			return noEpoch
		}
		d.rule = "STD-DATE-7"
		d.say(d.epochRemark())
		return nil
	}
	return unreadNumber(r)
}

func (d *dater) epochRemark() *remark {
	if d.dateOnly {
		return epochDate
	}
	return epochMoment
}
