package rule

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/ucum"
)

//go:embed data/analytes.tsv
var analyteTable string

//go:embed data/panels.tsv
var panelTable string

// analyte is a line of table 6.1.
type analyte struct {
	key         []byte // its name
	unit        []byte // canonical
	subject     ucum.Subject
	conversions []conversion
	places      int // of a converted number
	warn, fail  decimal.Range
	// becomes is the LOINC code of another analyte that a converted number is of; nil: the same.
	becomes []byte
}

// conversion turns a number in a unit into one in the canonical unit: times factor plus offset.
type conversion struct {
	unit   []byte
	factor *decimal.Number // nil: 1, the digits stay
	offset *decimal.Number // nil: 0
}

// coded is what a LOINC code stands for.
type coded struct {
	analyte *analyte
	mass    []byte // the code that takes its place once the number is in the canonical unit; nil: itself
}

// named is what a name stands for.
type named struct {
	analyte *analyte
	code    []byte
}

// analytes is table 6.1, ready to look things up in. Names are keys of nameKey.
type analytes struct {
	byKey  map[string]*analyte
	byCode map[string]coded
	byName map[string]named
	panels map[string]bool // LOINC codes and names of panels
}

var analyteList = sync.OnceValue(func() *analytes {
	l := &analytes{byKey: map[string]*analyte{}, byCode: map[string]coded{}, byName: map[string]named{}, panels: map[string]bool{}}
	for _, cells := range tableLines(analyteTable, 11) {
		l.add(cells)
	}
	for _, cells := range tableLines(panelTable, 2) {
		l.panels[cells[0]] = true
		for _, name := range strings.Split(cells[1], ", ") {
			l.panels[string(nameKey(nil, []byte(name)))] = true
		}
	}
	return l
})

// tableLines cuts a table of tab-separated cells, comments left out; lines may end early.
func tableLines(table string, columns int) [][]string {
	var all [][]string
	for line := range strings.Lines(table) {
		if line = strings.TrimRight(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "\t")
		all = append(all, append(cells, make([]string, columns-len(cells))...))
	}
	return all
}

// add takes a line of the table of analytes.
func (l *analytes) add(cells []string) {
	a := &analyte{key: []byte(cells[0]), unit: []byte(cells[3]), warn: rangeOf(cells[6]), fail: rangeOf(cells[7])}
	a.subject = subjectOf(cells[3])
	a.places, _ = strconv.Atoi(cells[5])
	for _, c := range splitCells(cells[4]) {
		a.conversions = append(a.conversions, conversionOf(strings.Fields(c)))
	}
	if cells[10] != "" {
		a.becomes = []byte(cells[10])
	}
	l.byKey[cells[0]] = a
	first := l.addCodes(a, splitCells(cells[2]))
	if a.becomes != nil {
		return // Its name alone does not say which analyte was measured.
	}
	for _, name := range append(strings.Split(cells[1], ", "), cells[0]) {
		key := string(nameKey(nil, []byte(name)))
		if _, known := l.byName[key]; name != "" && !known {
			l.byName[key] = named{a, []byte(first)}
		}
	}
}

// addCodes takes "mass/molar" and "code=name" and returns the first code.
func (l *analytes) addCodes(a *analyte, pairs []string) (first string) {
	for i, pair := range pairs {
		code, name, _ := strings.Cut(pair, "=")
		mass, molar, paired := strings.Cut(code, "/")
		if i == 0 {
			first = mass
		}
		if name != "" {
			l.byName[string(nameKey(nil, []byte(name)))] = named{a, []byte(mass)}
		}
		l.byCode[mass] = coded{a, a.becomes}
		if paired {
			l.byCode[molar] = coded{a, []byte(mass)}
		}
		if paired && a.becomes != nil {
			l.byCode[molar] = coded{a, a.becomes}
		}
	}
	return first
}

func splitCells(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "; ")
}

// subjectOf tells by the canonical unit what the units that depend on the subject mean.
func subjectOf(unit string) ucum.Subject {
	switch unit {
	case "U/L":
		return ucum.Enzyme
	case "10*3/uL", "10*6/uL":
		return ucum.CellCount
	case "{INR}":
		return ucum.INR
	}
	return ucum.Anything
}

func rangeOf(text string) decimal.Range {
	low, high, _ := strings.Cut(text, " ")
	return decimal.Range{Low: decimal.New(low), High: decimal.New(high)}
}

// conversionOf takes "unit =", "unit factor" or "unit factor + offset" in words.
func conversionOf(words []string) conversion {
	c := conversion{unit: []byte(words[0])}
	if words[1] != "=" {
		c.factor = decimal.New(words[1])
	}
	if len(words) == 4 {
		c.offset = decimal.New(words[3])
	}
	return c
}
