package rule

import (
	"bytes"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

const hispanic, notHispanic = "hispanic_or_latino", "not_hispanic_or_latino"

// ethnicityWords are what rule STD-ETH-1 accepts: words, CDCREC codes and OMOP concepts.
var ethnicityWords = wordsOf(map[string]string{
	hispanic:    "hispanic;latino;h;2135-2;38003563",
	notHispanic: "nh;2186-5;38003564",
	"unknown":   "unk",
	"declined":  "asku",
})

// answeredEthnicity is what columns that ask whether a person is Hispanic hold besides.
var answeredEthnicity = wordsOf(map[string]string{hispanic: "y;yes", notHispanic: "n;no"})

// ethnicities is rule STD-ETH-1.
func ethnicities(column *Column) func(*Cell) {
	asks := strings.HasPrefix(column.Key, "hispanic")
	not := []byte(notHispanic)
	return func(c *Cell) {
		token := ethnicityWords.find(c.Text)
		if token == nil && asks {
			token = answeredEthnicity.find(c.Text)
		}
		if token == nil && deniesHispanic(c.Text) {
			token = not
		}
		if token == nil {
			c.Keep("STD-ETH-1", record.Error, "not an ethnicity")
			return
		}
		c.Set("STD-ETH-1", token)
	}
}

// deniesHispanic tells whether text begins with "not Hispanic" or "non-Hispanic".
func deniesHispanic(text []byte) bool {
	var buf [longestEntry]byte
	if len(text) > longestEntry {
		return false
	}
	key := enumKey(buf[:0], text)
	return bytes.HasPrefix(key, []byte("nothispanic")) || bytes.HasPrefix(key, []byte("nonhispanic"))
}

// hispanicByRace is the part of rule STD-RACE-1 that fills an empty ethnicity from a race column that says Hispanic.
var hispanicByRace = RecordRule{
	Entities: []string{"patient"},
	Fields:   []string{"ethnicity", "_hispanic"},
	Needs:    []int{0, 1},
	Bind: func(*File, *Params) func(*Row) {
		return func(r *Row) {
			if said := r.Text(1); said != nil && r.Text(0) == nil {
				r.Fill(0, said, "STD-RACE-1", record.Information, "taken from the race, which says Hispanic")
			}
		}
	},
}
