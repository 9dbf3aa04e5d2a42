package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// zips is rules STD-ZIP-1, VAL-ZIP-1 and VAL-ZIP-2, which the data file names for the state too: what is wrong is said at the code.
var zips = Standardizer{Peers: []string{"country", "state"}, Bind: bindZIPs}

func bindZIPs(*Column) func(*Cell) {
	prefixes := zipPrefixes()
	return func(c *Cell) {
		if sheetDamage(c) {
			return
		}
		if !isAmerican(c) {
			foreignPostal(c)
			return
		}
		var own *zipSet
		if state := c.PeerValue(1); state.Outcome != record.Kept {
			own = prefixes[string(state.Text)]
		}
		if readZIP(c, own) && own != nil && !own.holds(c.Text) {
			foreignPrefix(c)
		}
	}
}

// foreignPostal leaves a code of another country, or of nobody knows where, as text.
func foreignPostal(c *Cell) {
	for _, b := range c.Text {
		if b-'a' < 26 {
			c.Set("STD-ZIP-1", appendUpper(c.Bytes(len(c.Text)), c.Text))
			c.Stop()
			return
		}
	}
	c.Keep("STD-ZIP-1", record.Information, "not in the United States: left as it is")
}

// readZIP standardizes a code of the United States. It tells whether the cell holds one now.
func readZIP(c *Cell, own *zipSet) bool {
	text := c.Text
	n := digitsAt(text, 0)
	switch {
	case n == len(text) && n == 5:
		return !nullZIP(c, text)
	case n == len(text) && n == 9, n == 5 && len(text) == 10 && text[5] == '-' && digitsAt(text, 6) == 4:
		return longZIP(c, text[:5:5], text[len(text)-4:])
	case n == len(text) && (n == 4 || n == 3):
		return padZIP(c, own)
	}
	c.Keep("VAL-ZIP-1", record.Error, "not a ZIP code")
	return false
}

// nullZIP nulls five digits that stand for a missing code (rule NULL-2).
func nullZIP(c *Cell, five []byte) bool {
	if s := string(five); s != "00000" && s != "99999" {
		return false
	}
	c.Null("NULL-2", record.Warning, record.Unknown, "a number that stands for a missing value")
	return true
}

// longZIP writes ZIP+4.
func longZIP(c *Cell, five, four []byte) bool {
	blank := string(four) == "0000"
	if (blank || string(four) == "9999") && nullZIP(c, five) {
		return false
	}
	if blank {
		c.SetAs("STD-ZIP-1", five, record.Warning, "+4 of zeros dropped")
		return true
	}
	out := append(append(c.Bytes(10), five...), '-')
	c.Set("STD-ZIP-1", append(out, four...))
	return true
}

// padZIP puts back zeros that were lost in front, when that fits the state: one, or two in Puerto Rico and the Virgin Islands, whose
// codes alone begin with two.
func padZIP(c *Cell, own *zipSet) bool {
	out := append(append(c.Bytes(5), "00"[:5-len(c.Text)]...), c.Text...)
	if own == nil || len(c.Text) == 3 && !own.doubleZero || !own.holds(out) {
		c.Keep("VAL-ZIP-1", record.Error, "digits are missing, and zeros in front would not fit the state")
		return false
	}
	c.SetAs("STD-ZIP-1", out, record.Warning, "lost zeros in front put back, which fits the state")
	return true
}

// foreignPrefix says that the code is not of the state.
func foreignPrefix(c *Cell) {
	const message = "not a ZIP code of the state"
	if bytes.Equal(c.Text, c.clean) {
		c.Keep("VAL-ZIP-2", record.Warning, message)
		return
	}
	c.Note("VAL-ZIP-2", record.Warning, message)
}
