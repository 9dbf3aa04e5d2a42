package rule

import (
	"bytes"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

const hispanic, notHispanic = "hispanic_or_latino", "not_hispanic_or_latino"

// ethnicityWords are what rule STD-ETH-1 accepts: words, CDCREC codes and OMOP concepts.
var ethnicityWords = wordsOf(map[string]string{
	hispanic:    "h;" + hispanicWords,
	notHispanic: "nh;2186-5;38003564",
	"unknown":   "unk;" + notReported,
	"declined":  notTold,
})

// hispanicWords say Hispanic or Latino, in a column of races too.
const hispanicWords = "hispanic;latino;latina;latinx;latino/a;hispanic or latino;hispanic/latino;hispanic or latina;hispanic/latina;" +
	"hispanic or latino/a;hispanic/latinx;hispanic or latinx;hispanic or latino origin;hispanic origin;of hispanic origin;" +
	"hispanic, latino/a, or spanish origin;hispanic, latino or spanish origin;2135-2;38003563"

// answeredEthnicity is what columns that ask whether a person is Hispanic hold besides: answers, and PCORnet's for none.
var answeredEthnicity = wordsOf(map[string]string{hispanic: "y;yes;t;true;1", notHispanic: "n;no;f;false;0", "unknown": "ni;un",
	"declined": "r"})

// ethnicities is rule STD-ETH-1.
func ethnicities(column *Column) func(*Cell) {
	asks := strings.HasPrefix(column.Key, "hispanic")
	not := []byte(notHispanic)
	return func(c *Cell) {
		token := ethnicityWords.find(c.Text)
		if token == nil && asks {
			token = answeredEthnicity.find(c.Text)
		}
		if token == nil {
			token = ethnicityWords.find(beforeDetail(c.Text))
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

// beforeDetail returns what stands before " - " or ( as in HISPANIC/LATINO - CUBAN.
func beforeDetail(text []byte) []byte {
	for _, mark := range [...]string{" - ", "("} {
		if i := bytes.Index(text, []byte(mark)); i > 0 {
			text = text[:i]
		}
	}
	return text
}

// denials are how the key of a text that says not Hispanic begins.
var denials = [...]string{"nothispanic", "nonhispanic", "notofhispanic", "notlatin", "nonlatin"}

// deniesHispanic tells whether text begins with "not Hispanic", "non-Hispanic" or the like.
func deniesHispanic(text []byte) bool {
	var buf [longestEntry]byte
	if len(text) > longestEntry {
		return false
	}
	key := enumKey(buf[:0], text)
	for _, denial := range denials {
		if bytes.HasPrefix(key, []byte(denial)) {
			return true
		}
	}
	return false
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
