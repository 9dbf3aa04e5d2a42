package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// numbers is rule STD-NUM-1 with STD-NUM-3, for fields that hold a number and nothing else; counts and quantities get NULL-2 too.
// For result_value and value it only weighs the decimal mark: their rules (STD-QUAL-1, STD-VIT-3) read numbers by lexNumber and
// readerOf among words, comparators and units.
func numbers() *Standardizer {
	return &Standardizer{Weigh: weighMarks, Describe: describeMarks, Conclude: concludeNumbers, Bind: bindNumbers}
}

func bindNumbers(column *Column) func(*Cell) {
	if isComposed(column) {
		return func(*Cell) {}
	}
	reader := readerOf(column)
	if !isCount(column.Field) {
		return func(c *Cell) { standardizeNumber(c, reader) }
	}
	var scratch decimal.Number
	seen := newSuspects("")
	return func(c *Cell) {
		if !standardizeNumber(c, reader) || nullSentinel(c, c.Text, c.Text, atLeastZero, &scratch) {
			return
		}
		seen.count(c, c.Text)
	}
}

// standardizeNumber reads the whole cell as a number. It tells whether it is one.
func standardizeNumber(c *Cell, reader numberReader) bool {
	if reader.isPlain(c.Text) {
		return true
	}
	cut, ok := lexNumber(c.Text)
	if !ok || len(cut.number) != len(c.Text) {
		notNumeric().apply(c)
		return false
	}
	n := reader.read(c.Bytes, cut.number)
	n.apply(c)
	return n.text != nil
}

// isComposed tells whether the field holds more than numbers.
func isComposed(c *Column) bool { return c.Field == "result_value" || c.Field == "value" }

// isCount tells whether a field counts something or is a quantity, which is at least 0.
func isCount(field string) bool {
	switch field {
	case "quantity", "days_supply", "refills", "number_of_series", "number_of_instances", "rows", "columns":
		return true
	}
	return false
}

func concludeNumbers(c *Column, counts map[string]int64) []record.Finding {
	if isComposed(c) {
		return nil
	}
	return suspected(c, counts)
}

// checkCount is rule VAL-NUM-1: a count is not negative and, in fields of whole numbers, has no fraction.
func checkCount(column *Column) func(*Cell) {
	whole := column.Type == "int"
	return func(c *Cell) {
		point := bytes.IndexByte(c.Text, '.')
		switch {
		case c.Text[0] == '-':
			c.Note("VAL-NUM-1", record.Error, "negative")
		case whole && point >= 0 && !isZero(c.Text[point:]):
			c.Note("VAL-NUM-1", record.Error, "not a whole number")
		}
	}
}
