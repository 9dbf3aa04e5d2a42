package rule

// orderReason is what decided about the order of day and month in a shape.
type orderReason uint8

const (
	orderUndecided orderReason = iota
	orderByProof               // of the column itself
	orderByColumn              // date_order of the field
	orderByJob                 // date_order of the job
	orderByMajority
	orderBorrowed // from the other date columns of the file
)

// orderDecision is the order of day and month in one shape of one column.
type orderDecision struct {
	order  Order
	reason orderReason
	// mixed tells that some values prove one order and some the other.
	mixed bool
}

// decideOrder is rule STD-DATE-3 for the values of a shape that do not prove their order themselves. A harmonized file holds only
// what could not be decided before, so that no parameter decides there either (rule 0.10).
func decideOrder(c *Column, shape int) orderDecision {
	if c.Harmonized {
		return orderDecision{}
	}
	var count shapeCount
	if w, ok := c.Weigher.(*dateWeigher); ok {
		count = w.shapes[shape]
	}
	d := orderDecision{mixed: count.dayFirst > 0 && count.monthFirst > 0}
	if d.order = c.givenOrder(); d.order != OrderUnset {
		d.reason = orderByColumn
		return d
	}
	for _, try := range [...]struct {
		order  Order
		reason orderReason
	}{
		{count.proves(), orderByProof},
		{prevailing(count, d.mixed), orderByMajority},
		{c.Params.DateOrder, orderByJob},
		{borrowed(c, shape, d.mixed), orderBorrowed},
	} {
		if try.order != OrderUnset {
			d.order, d.reason = try.order, try.reason
			return d
		}
	}
	return d
}

// givenOrder is the order that the job gives for the column, OrderUnset: none.
func (c *Column) givenOrder() Order {
	if c.Declared != nil && c.Declared.DateOrder != OrderUnset {
		return c.Declared.DateOrder
	}
	return c.Params.ColumnDateOrder[c.Field]
}

func prevailing(count shapeCount, mixed bool) Order {
	if !mixed {
		return OrderUnset
	}
	return count.prevails()
}

// borrowed is what the other date columns of the file prove for the shape, if they agree. A column that proves both orders
// borrows none.
func borrowed(c *Column, shape int, mixed bool) Order {
	if mixed || c.File == nil {
		return OrderUnset
	}
	found := OrderUnset
	for _, other := range c.File.Columns {
		w, ok := other.Weigher.(*dateWeigher)
		if !ok || other == c || w.scope.generic && !w.mostlyDates(false) {
			continue
		}
		switch o := w.shapes[shape].proves(); {
		case o == OrderUnset || o == found:
		case found == OrderUnset:
			found = o
		default:
			return OrderUnset
		}
	}
	return found
}
