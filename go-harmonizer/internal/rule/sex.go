package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// sexWords are what rule STD-SEX-1 accepts whatever the coding: words, letters and OMOP concepts.
var sexWords = wordsOf(map[string]string{
	"male":    "m;man;8507",
	"female":  "f;woman;8532",
	"other":   "o;x;nb;non-binary;a;ambiguous;8521",
	"unknown": "u;unk;8551;" + notReported,
})

// sexDigits are what digits mean by parameter sex_coding.
var sexDigits = map[string]map[byte]string{
	"iso5218": {'0': "unknown", '1': "male", '2': "female", '9': "other"},
	"01":      {'0': "female", '1': "male"},
}

// sexes is rule STD-SEX-1.
func sexes(column *Column) func(*Cell) {
	digits := map[byte][]byte{}
	for digit, token := range sexDigits[column.Params.SexCoding] {
		digits[digit] = []byte(token)
	}
	return func(c *Cell) {
		token := sexWords.find(c.Text)
		if token == nil && len(c.Text) == 1 {
			token = digits[c.Text[0]]
		}
		switch {
		case token != nil:
			c.Set("STD-SEX-1", token)
		case len(c.Text) == 1 && c.Text[0]-'0' < 10:
			c.Keep("STD-SEX-1", record.Error, "a digit, which means nothing without the coding")
		case isDeclined(c.Text):
			c.SetAs("STD-SEX-1", sexWords.find([]byte("unknown")), record.Information, "the patient declined to say")
			c.absent = record.AskedDeclined
		default:
			c.Keep("STD-SEX-1", record.Error, "not an administrative gender")
		}
	}
}

// isDeclined tells whether a text says that the patient would not tell.
func isDeclined(text []byte) bool { return declined.find(text) != nil }

var declined = wordsOf(map[string]string{"declined": notTold})
