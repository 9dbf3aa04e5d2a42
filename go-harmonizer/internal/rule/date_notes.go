package rule

import (
	"fmt"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// orderWords say for people what decided about a shape.
var orderWords = [...]string{
	orderUndecided:  "undecided",
	orderByProof:    "by proof",
	orderByColumn:   "by date_order of the field",
	orderByJob:      "by date_order",
	orderByMajority: "by nearly all proofs",
	orderBorrowed:   "borrowed from the file's other dates",
}

func (d orderDecision) String() string {
	switch d.order {
	case MonthFirst:
		return "month first, " + orderWords[d.reason]
	case DayFirst:
		return "day first, " + orderWords[d.reason]
	}
	return orderWords[d.reason]
}

// shapesOf returns what was counted for each shape that the column has.
func shapesOf(c *Column, w *dateWeigher) []DateShape {
	var all []DateShape
	for i, s := range w.shapes {
		if s != (shapeCount{}) {
			all = append(all, DateShape{shapeNames[i], s.dayFirst, s.monthFirst, s.undecided, decideOrder(c, i).String()})
		}
	}
	return all
}

// weigherOf returns the column's evidence when it is one of dates.
func weigherOf(c *Column) (*dateWeigher, bool) {
	w, ok := c.Weigher.(*dateWeigher)
	return w, ok && !c.Harmonized && (!w.scope.generic || w.mostlyDates(false))
}

// noteDates reports what was decided about a column, with counts and without values.
func noteDates(c *Column) []record.Finding {
	w, ok := weigherOf(c)
	if !ok {
		return nil
	}
	var all []record.Finding
	add := func(rule string, severity record.Severity, format string, args ...any) {
		all = append(all, record.Finding{Rule: rule, Severity: severity, Message: fmt.Sprintf(format, args...)})
	}
	for _, s := range shapesOf(c, w) {
		add("STD-DATE-3", record.Information, "shape %s: %s; %d prove month first, %d day first, %d prove nothing",
			s.Shape, s.Decision, s.MonthFirst, s.DayFirst, s.Undecided)
	}
	if class := w.class(); class != plainNumbers {
		add(classRule(class), record.Information, "%d of %d values are %s", w.numbers[class], w.total, classWords[class])
	}
	if n := w.mostNewYears(); n > 0 {
		add("NULL-3", record.Warning, "one 1 January is the birth date of %d of %d; a suspected default, kept", n, w.total)
	}
	return all
}

var classWords = [numberClasses]string{
	serials:      "spreadsheet serials",
	seconds:      "seconds since 1970",
	milliseconds: "milliseconds since 1970",
	microseconds: "microseconds since 1970",
	nanoseconds:  "nanoseconds since 1970",
}

func classRule(class numberClass) string {
	if class == serials {
		return "STD-DATE-6"
	}
	return "STD-DATE-7"
}

// mostNewYears is how often the commonest birth on 1 January occurs, 0 when that is not suspicious (rule NULL-3).
func (w *dateWeigher) mostNewYears() int64 {
	most := int64(0)
	for _, n := range w.newYears {
		most = max(most, n)
	}
	if most < 5 || most*100 < w.total {
		return 0
	}
	return most
}

// describeDates tells people what was counted and decided.
func describeDates(c *Column) Description {
	w, ok := weigherOf(c)
	if !ok {
		return Description{}
	}
	d := Description{Shapes: shapesOf(c, w)}
	if class := w.class(); class != plainNumbers {
		d.Decisions = append(d.Decisions, "numbers are "+classWords[class])
	}
	if w.scope.generic {
		d.Decisions = append(d.Decisions, "dates, because at least 90 % of the values are")
	}
	return d
}
