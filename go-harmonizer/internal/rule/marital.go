package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// maritalWords are what rule STD-MAR-1 accepts whatever the coding. Single letters are those that mean the same in table 0002 of
// HL7 v2 and in MaritalStatus of v3.
var maritalWords = wordsOf(map[string]string{
	"never_married":     "s;single;single, never married;single/never married",
	"married":           "m",
	"divorced":          "d",
	"widowed":           "w;widow;widower",
	"separated":         "",
	"legally_separated": "separated legally",
	"annulled":          "",
	"domestic_partner":  "domestic partnership;registered domestic partner;life partner;partnered",
	"common_law":        "c;common law marriage",
	"interlocutory":     "i",
	"unknown":           "unk;" + notReported,
	"other":             "",
	"declined":          notTold,
})

// maritalCodings are what the other letters mean by parameter marital_coding. Living together, polygamous and unmarried have no
// token of their own.
var maritalCodings = map[string]words{
	"v2": wordsOf(map[string]string{"separated": "a", "domestic_partner": "p;r", "unknown": "t;u", "annulled": "n",
		"legally_separated": "e", "other": "o"}),
	"v3": wordsOf(map[string]string{"annulled": "a", "domestic_partner": "t", "legally_separated": "l"}),
}

var maritalRest = map[string]map[byte]string{
	"v2": {'b': "unmarried has no word of its own", 'g': "living together has no word of its own"},
	"v3": {'p': "polygamous has no word of its own", 'u': "unmarried has no word of its own"},
}

// maritalStatuses is rule STD-MAR-1.
func maritalStatuses(column *Column) func(*Cell) {
	coding, rest := maritalCodings[column.Params.MaritalCoding], maritalRest[column.Params.MaritalCoding]
	other := maritalWords.find([]byte("other"))
	return func(c *Cell) {
		token := maritalWords.find(c.Text)
		if token == nil {
			token = coding.find(c.Text)
		}
		letter := byte(0)
		if len(c.Text) == 1 {
			letter = lower[c.Text[0]]
		}
		switch message := rest[letter]; {
		case token != nil:
			c.Set("STD-MAR-1", token)
		case message != "":
			c.SetAs("STD-MAR-1", other, record.Warning, message)
		case letter-'a' < 26:
			c.Keep("STD-MAR-1", record.Error, "a letter that means different things in HL7 v2 and v3, or nothing")
		default:
			c.Keep("STD-MAR-1", record.Error, "not a marital status")
		}
	}
}
