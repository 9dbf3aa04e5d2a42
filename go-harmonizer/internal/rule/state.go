package rule

import (
	_ "embed" // The tables of this family are part of the program.
	"strings"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

//go:embed data/state.tsv
var stateTable string

// stateWords are the names and USPS codes of states, and their FIPS numbers (rule STD-STATE-1).
var stateWords = sync.OnceValues(func() (names, numbers words) {
	names, numbers = words{}, words{}
	for _, row := range tableLines(stateTable, 3) {
		code := []byte(row[0])
		names.add(code, row[0])
		names.add(code, strings.Split(row[2], ";")...)
		numbers.add(code, row[1])
	}
	return names, numbers
})

// states is rule STD-STATE-1.
var states = Standardizer{Peers: []string{"country"}, Bind: bindStates}

func bindStates(*Column) func(*Cell) {
	names, numbers := stateWords()
	return func(c *Cell) {
		if sheetDamage(c) {
			return
		}
		if !isAmerican(c) {
			c.Keep("STD-STATE-1", record.Information, "not in the United States: left as it is")
			return
		}
		if code := names.find(c.Text); code != nil {
			c.Set("STD-STATE-1", code)
		} else if code := numbers.find(c.Text); code != nil && len(c.Text) == 2 {
			c.SetAs("STD-STATE-1", code, record.Warning, "a number read as a FIPS code")
		} else {
			c.Keep("STD-STATE-1", record.Error, "not a state of the United States")
		}
	}
}
