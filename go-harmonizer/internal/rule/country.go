package rule

import (
	_ "embed" // The tables of this family are part of the program.
	"strings"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

//go:embed data/country.tsv
var countryTable string

// countryWords are the names and codes of countries (rule STD-CTRY-1).
var countryWords = sync.OnceValue(func() words {
	w := words{}
	for _, row := range tableLines(countryTable, 3) {
		code := []byte(row[0])
		w.add(code, row[0], row[1])
		for _, name := range strings.Split(row[2], ";") {
			full := strings.ReplaceAll(name, "&", "and")
			if rest, ok := strings.CutPrefix(full, "St. "); ok {
				full = "Saint " + rest
			}
			w.add(code, name, full, strings.ReplaceAll(full, "'", "\u2019"))
		}
	}
	return w
})

// countries is rule STD-CTRY-1.
func countries(*Column) func(*Cell) {
	all := countryWords()
	return func(c *Cell) {
		if code := all.find(c.Text); code != nil {
			c.Set("STD-CTRY-1", code)
		} else {
			c.Keep("STD-CTRY-1", record.Error, "not a country of ISO 3166")
		}
	}
}

const unitedStates = "US"

// isAmerican tells, for a rule whose peer 0 is the country, whether the rules of the United States hold for the record: the country
// says so, or is null and the default says so. They do not hold where nobody knows what the country is.
func isAmerican(c *Cell) bool {
	switch country := c.PeerValue(0); {
	case country.Text == nil:
		return c.column.Params.DefaultCountry == unitedStates
	case country.Outcome == record.Kept:
		return false
	default:
		return string(country.Text) == unitedStates
	}
}
