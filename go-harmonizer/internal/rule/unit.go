package rule

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/ucum"
)

const unknownUnit = "not a unit that is known"

// labUnits is rules STD-UNIT-1 and VAL-UNIT-1 for labs. What means one unit or another, depending on what is measured, is left as it
// is: the rule of _analyte settles it.
func labUnits(*Column) func(*Cell) {
	return func(c *Cell) {
		switch read := ucum.Read(c.Text, ucum.Anything); {
		case read.Depends:
		case read.Unit == nil:
			c.Keep("VAL-UNIT-1", record.Error, unknownUnit)
		default:
			c.Set("STD-UNIT-1", read.Unit)
		}
	}
}
