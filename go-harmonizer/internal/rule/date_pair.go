package rule

// remark is something the date rules say about a value.
type remark struct {
	rule    string
	warning bool
	message string
}

// The remarks on the order of day and month, by the order that was taken.
var (
	undecidedOrder = &remark{rule: "STD-DATE-3", message: "day or month first is undecided; kept"}
	provenBoth     = &remark{rule: "STD-DATE-3", message: "day or month first is undecided, the column proves both; kept"}
	neitherOrder   = &remark{rule: "STD-DATE-3", message: "neither number can be a month; kept"}

	ownProof = [3]remark{
		MonthFirst: {"STD-DATE-3", true, "read month first by its own numbers, not day first as others of its shape"},
		DayFirst:   {"STD-DATE-3", true, "read day first by its own numbers, not month first as others of its shape"},
	}
	againstParameter = [3]remark{
		MonthFirst: {"STD-DATE-3", true, "read month first by its own numbers, not day first as date_order says"},
		DayFirst:   {"STD-DATE-3", true, "read day first by its own numbers, not month first as date_order says"},
	}
	byMajority = [3]remark{
		MonthFirst: {"STD-DATE-3", true, "read month first as nearly all of its shape, not day first as the rest"},
		DayFirst:   {"STD-DATE-3", true, "read day first as nearly all of its shape, not month first as the rest"},
	}
	byOthers = [3]remark{
		MonthFirst: {"STD-DATE-3", true, "read month first as the file's other dates of its shape, not day first"},
		DayFirst:   {"STD-DATE-3", true, "read day first as the file's other dates of its shape, not month first"},
	}
)

// orderPair gives the numbers of a pair their places.
func (d *dater) orderPair(shape, first, second int) *remark {
	decision := &d.orders[shape]
	found := MonthFirst
	switch {
	case first > 31 || second > 31:
		return impossibleDate
	case first > 12 && second > 12:
		return neitherOrder
	case first > 12 || second > 12:
		if first > 12 {
			found = DayFirst
		}
		d.sayOwnProof(decision, found)
	case first != second:
		if found = decision.order; found == OrderUnset {
			return whyUndecided(decision)
		}
		d.sayDecision(decision)
	}
	d.moment.Month, d.moment.Day = first, second
	if found == DayFirst {
		d.moment.Month, d.moment.Day = second, first
	}
	return nil
}

func whyUndecided(d *orderDecision) *remark {
	if d.mixed {
		return provenBoth
	}
	return undecidedOrder
}

func (d *dater) sayOwnProof(decision *orderDecision, found Order) {
	switch {
	case decision.reason == orderByColumn && decision.order != found:
		d.say(&againstParameter[found])
	case decision.mixed:
		d.say(&ownProof[found])
	}
}

func (d *dater) sayDecision(decision *orderDecision) {
	switch decision.reason {
	case orderByMajority:
		d.say(&byMajority[decision.order])
	case orderBorrowed:
		d.say(&byOthers[decision.order])
	}
}
