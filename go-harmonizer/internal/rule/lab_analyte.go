package rule

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/ucum"
)

// measured is rule STD-LAB-1: which analyte a record is about. Its text, the virtual field _analyte, is an analyte of table 6.1,
// "panel" for a name that stands for many (rule VAL-LAB-4), or null. As it sees code, name and unit together, it also settles what
// a unit means to the analyte (rule STD-UNIT-1): _unit is null without a unit and unreadUnit for one that could not be read.
var measured = Standardizer{
	Peers:   []string{"loinc_code", "unit"},
	Sources: []string{"test_name", "specimen_type"},
	Derives: []string{"_unit", "_loinc", "loinc_inferred", "unit", "test_name"},
	OnNull:  true,
	Bind: func(*Column) func(*Cell) {
		list := analyteList()
		return func(c *Cell) { list.measure(c) }
	},
}

// The places in Derives.
const (
	analyteUnit = iota
	analyteCode // the code that takes the place of loinc_code once the number is in the canonical unit
	analyteInferred
	analyteUnitField
	analyteName
)

// panelKey is the text of _analyte for a panel.
var panelKey = []byte("panel")

func (l *analytes) measure(c *Cell) {
	a := l.identify(c)
	subject := ucum.Anything
	if a != nil {
		c.Text, subject = a.key, a.subject
	}
	settleUnit(c, c.PeerValue(1), subject)
}

// identify finds the analyte by LOINC code, or by name where there is none.
func (l *analytes) identify(c *Cell) *analyte {
	name := c.Source(0)
	if isLoneNa(name, c.Peer(1)) {
		nullName(c)
		name = nil
	}
	loinc := c.PeerValue(0)
	valid := loinc.Text != nil && loinc.Outcome != record.Kept
	var byCode coded
	if valid {
		byCode = l.byCode[string(loinc.Text)]
	}
	var buf [64]byte
	key := nameKey(buf[:0], name)
	byName := l.lookUp(key, c.Source(1))
	switch {
	case byCode.analyte != nil && byName.analyte != nil && byCode.analyte != byName.analyte:
		c.find(record.Finding{Rule: "STD-LAB-1", Field: "test_name", Severity: record.Error, Outcome: record.Kept,
			Message: "test_name and loinc_code stand for different analytes; both kept, nothing converted"})
		return nil
	case byCode.analyte != nil:
		c.Derive(analyteCode, byCode.mass)
		return byCode.analyte
	case loinc.Text == nil && byName.analyte != nil:
		c.Derive(analyteInferred, byName.code)
		c.find(record.Finding{Rule: "STD-LAB-1", Field: "loinc_inferred", Severity: record.Warning, Message: "LOINC code inferred from the name of the test", Aggregate: true})
		return byName.analyte
	case l.panels[string(key)] || valid && l.panels[string(loinc.Text)]:
		c.Text = panelKey
	}
	return nil
}

// nullName makes the name of the test null.
func nullName(c *Cell) {
	v := c.arena.value()
	v.Outcome, v.Absent, v.Differs = record.Nulled, record.Unknown, true
	c.derived[analyteName] = v
	c.find(record.Finding{Rule: "NULL-1", Field: "test_name", Severity: record.Information, Outcome: record.Nulled, Message: "stands for a missing value"})
}

// isLoneNa tells whether the name Na means not available, as the unit is none that sodium is measured in (rule NULL-1).
func isLoneNa(name, unit []byte) bool {
	if len(name) != 2 || !hasFold(name, "na") {
		return false
	}
	return string(unit) != "mmol/L" && string(unit) != "meq/L"
}

// lookUp finds the analyte of a name, unless the name or the specimen says that it is not measured in blood.
func (l *analytes) lookUp(key, specimen []byte) named {
	found, ok := l.byName[string(key)]
	if !ok || !isBlood(specimen) {
		return named{}
	}
	return found
}

// isBlood tells whether a specimen is blank, or nothing but serum, plasma or blood. Whole blood is measured otherwise.
func isBlood(specimen []byte) bool {
	if specimen == nil {
		return true
	}
	var buf [64]byte
	for key := nameKey(buf[:0], specimen); len(key) > 0; {
		var word []byte
		word, key = nextWord(key)
		switch string(word) {
		case "serum", "ser", "plasma", "plas", "blood", "bld", "or":
		default:
			return false
		}
	}
	return true
}

// nextWord cuts the first word off words with single spaces.
func nextWord(words []byte) (first, rest []byte) {
	for i, b := range words {
		if b == ' ' {
			return words[:i], words[i+1:]
		}
	}
	return words, nil
}

// nameKey appends the key under which names of tests are looked up: the text key with punctuation as space.
func nameKey(dst, name []byte) []byte {
	start := len(dst)
	dst = textKey(dst, name)
	n := start
	for _, b := range dst[start:] {
		if !isWordByte(b) && b-'0' >= 10 && b < 0x80 || b == '.' || b == ',' {
			b = ' '
		}
		if b == ' ' && (n == start || dst[n-1] == ' ') {
			continue
		}
		dst[n] = b
		n++
	}
	return trimKey(dst[:n], start)
}

// settleUnit derives _unit from what became of the unit, and the unit itself where only the subject tells what it means.
func settleUnit(c *Cell, unit *record.Value, subject ucum.Subject) {
	switch {
	case unit.Text == nil:
		return
	case unit.Outcome == record.Kept:
		c.Derive(analyteUnit, unreadUnit)
		return
	}
	read := ucum.Read(unit.Text, subject)
	switch {
	case read.Unit == nil:
		c.Derive(analyteUnit, unreadUnit)
		c.find(record.Finding{Rule: "VAL-UNIT-1", Field: "unit", Severity: record.Error, Outcome: record.Kept, Message: unknownUnit})
		return
	case read.Doubtful:
		c.NoteOn("unit", "STD-UNIT-1", record.Warning, "read as grams per litre, not as cells, which are not what is measured")
	case read.Depends:
		c.find(record.Finding{Rule: "STD-UNIT-1", Field: "unit", Severity: record.Information, Outcome: record.Changed, Message: "standardized"})
	}
	c.Derive(analyteUnit, read.Unit)
	if read.Depends {
		c.Derive(analyteUnitField, read.Unit)
	}
}
