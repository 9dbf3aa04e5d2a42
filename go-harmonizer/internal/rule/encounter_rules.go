package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// encounterRules are the rules of encounters and conditions, in the order of the rule book.
var encounterRules = []Rule{
	valueRule("STD-ENCTR-1", "Class of encounter", record.Error, "code-invalid",
		&Standardizer{Derives: []string{"class_detail"}, Bind: encounterClasses}),
	valueRule("STD-COND-1", "Clinical status", record.Warning, "code-invalid", &conditionStates),
}

// encounterClasses is rule STD-ENCTR-1.
func encounterClasses(*Column) func(*Cell) {
	all := classes()
	return func(c *Cell) {
		if len(c.Text) > longestEntry {
			c.Keep("STD-ENCTR-1", record.Error, "not a class of encounter")
			return
		}
		var buf [longestEntry]byte
		key := enumKey(buf[:0], c.Text)
		found, ok := all[string(key)]
		said := unsaidClasses[string(key)]
		switch {
		case ok && found.note != "":
			c.SetAs("STD-ENCTR-1", found.code, record.Warning, found.note)
		case ok:
			c.Set("STD-ENCTR-1", found.code)
		case said != "":
			c.Null("STD-ENCTR-1", record.Information, record.Unknown, said)
		default:
			c.Keep("STD-ENCTR-1", record.Error, "not a class of encounter")
		}
		c.Derive(0, found.detail)
	}
}
