package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// boolWords are what rule STD-BOOL-1 accepts, by enumKey; "" is for what is not known.
var boolWords = map[string]string{
	"true": "true", "t": "true", "yes": "true", "y": "true", "1": "true", "deceased": "true", "dead": "true", "expired": "true",
	"false": "false", "f": "false", "no": "false", "n": "false", "0": "false", "alive": "false", "living": "false",
	"unknown": "", "u": "",
}

func bools(*Column) func(*Cell) {
	var key []byte
	return func(c *Cell) {
		key = enumKey(key[:0], c.Text)
		switch word, ok := boolWords[string(key)]; {
		case !ok:
			c.Keep("STD-BOOL-1", record.Error, "neither true nor false")
		case word == "":
			c.Null("STD-BOOL-1", record.Information, record.Unknown, "not known")
		case word != string(c.Text):
			c.Set("STD-BOOL-1", append(c.Bytes(len(word)), word...))
		}
	}
}
