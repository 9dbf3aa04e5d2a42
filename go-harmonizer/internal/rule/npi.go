package rule

import (
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// npis is rule VAL-NPI-1, for columns that say they hold NPIs; local provider ids are not tested.
func npis(column *Column) func(*Cell) {
	if !strings.Contains(column.Field, "npi") && !strings.Contains(column.Key, "npi") {
		return func(*Cell) {}
	}
	return checkNPI
}

func checkNPI(c *Cell) {
	switch t := c.Text; {
	case len(t) != 10 || digitsAt(t, 0) != 10:
		c.Keep("VAL-NPI-1", record.Error, "not ten digits")
	case t[0] != '1' && t[0] != '2':
		c.Keep("VAL-NPI-1", record.Error, "does not begin with 1 or 2")
	case (luhn(t)+24)%10 != 0: // 24 is the sum for the prefix 80840
		c.Keep("VAL-NPI-1", record.Error, "check digit does not match")
	}
}

// luhn returns the Luhn sum of digits whose last is the check digit.
func luhn(digits []byte) int {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum
}
