package rule

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Positions in the sources of the date rules: what other columns say about the same moment.
const (
	yearSource = iota
	monthSource
	daySource
	timeSource
	offsetSource
)

// dates standardizes every date: rules STD-DATE-1 to 10, STD-IMG-2, NULL-3 and VAL-DATE-1 hang on the row of STD-DATE-1.
//
// Reads:  the field and, where the file has them, the parts _year, _month, _day, _time and _offset.
// Writes: a date or dateTime of FHIR R4 with the precision of the source; the offset is kept, and may be absent.
// Issues: what cannot be read or is undecided is kept; a sentinel is nulled; a date in the future is kept as it was read.
// Source: sections 5 and 8 of the rule book. default_timezone is for the FHIR export (STD-DATE-9) and plays no part here.
var dates = &Standardizer{
	Sources:  []string{"_year", "_month", "_day", "_time", "_offset"},
	OnNull:   true,
	Weigh:    weighDates,
	Notes:    noteDates,
	Describe: describeDates,
	Bind:     bindDates,
}

// dater standardizes the dates of one column for one worker.
type dater struct {
	dateScope
	orders     [dateShapes]orderDecision
	numbers    numberClass
	system1904 bool

	// About the value at hand.
	reading   calendar.Reading
	moment    calendar.Moment
	text      []byte // where it was read
	canonical bool   // the cell's text is the output
	rule      string // which rule a change is put down to
	said      [4]*remark
	saidCount int
	fraction  [9]byte
}

func bindDates(c *Column) func(*Cell) {
	d := &dater{dateScope: scopeOf(c), system1904: c.Params.Excel1904}
	w, weighed := c.Weigher.(*dateWeigher)
	if d.generic && (!weighed || !w.mostlyDates(c.Harmonized)) {
		return func(*Cell) {}
	}
	for shape := range d.orders {
		d.orders[shape] = decideOrder(c, shape)
	}
	if weighed && !c.Harmonized {
		d.numbers = w.class()
	}
	if d.generic && c.Harmonized {
		return d.checkCanonical
	}
	return d.cell
}

// cell standardizes one cell.
func (d *dater) cell(c *Cell) {
	d.saidCount = 0
	var wrong *remark
	switch time := c.Source(timeSource); {
	case c.Text == nil:
		if wrong = d.readParts(c); wrong == noParts {
			return
		}
	case time == nil || d.alone:
		wrong = d.read(c.Text)
	default:
		wrong = d.readWithTime(c, time)
	}
	if wrong != nil {
		d.keep(c, wrong)
		return
	}
	d.finish(c)
}

// finish writes the moment, unless it stands for a missing value, and tests it.
func (d *dater) finish(c *Cell) {
	if d.nullSentinel(c) {
		return
	}
	d.addOffset(c)
	if d.dateOnly {
		d.dropTime()
	}
	d.write(c)
	if !d.eventless {
		d.testFuture(c)
	}
}

// dropTime is the end of rule STD-DATE-9.
func (d *dater) dropTime() {
	m := &d.moment
	if !m.Clock.Has {
		return
	}
	if !m.Clock.Midnight() && d.rule != "STD-DATE-7" { // which warns of the day already
		d.say(droppedTime)
	}
	m.Clock, m.Zone, d.canonical = calendar.Clock{}, calendar.Zone{}, false
}

// write makes the moment the cell's text; the first warning says why, the others are noted.
func (d *dater) write(c *Cell) {
	out := c.Text
	if !d.canonical || out == nil {
		out = d.moment.Append(c.Bytes(calendar.Longest + len(d.moment.Clock.Fraction)))
	}
	if d.saidCount == 0 {
		c.Set(d.rule, out)
		return
	}
	for i, s := range d.said[:d.saidCount] {
		if i == 0 {
			c.SetAs(s.rule, out, record.Warning, d.told(s))
		} else {
			c.Note(s.rule, record.Warning, d.told(s))
		}
	}
}

// say keeps a warning for when the value is written.
func (d *dater) say(r *remark) {
	if d.saidCount < len(d.said) {
		d.said[d.saidCount] = r
		d.saidCount++
	}
}

// keep leaves the cell as it is; in a generic file that is a warning (section 2.8).
func (d *dater) keep(c *Cell, wrong *remark) {
	severity := record.Error
	if d.generic {
		severity = record.Warning
	}
	c.Keep(wrong.rule, severity, wrong.message)
}

// checkCanonical is for generic columns of a harmonized file: what is not canonical was kept before.
func (d *dater) checkCanonical(c *Cell) {
	if c.Text == nil {
		return
	}
	if wrong := d.read(c.Text); wrong != nil {
		d.keep(c, wrong)
	} else if !d.canonical {
		d.keep(c, notCanonical)
	}
}
