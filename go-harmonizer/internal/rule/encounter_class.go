package rule

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/encounter_class.tsv
var encounterClassTable string

// class is what a word for the kind of an encounter means.
type class struct {
	code   []byte // of HL7 v3 ActCode
	detail []byte // what the code leaves out, nil: nothing
	note   string // why a warning is due, "": none is
}

// classNotes are the messages of the table's notes.
var classNotes = map[string]string{
	"both":      "an emergency that became an inpatient stay: the class is that of the stay",
	"place":     "a stay outside of a hospital: the class is inpatient",
	"admission": "an admission type: every admission to a hospital is inpatient",
	"stay":      "a stay that the class does not tell from one in a hospital",
	"other":     "a visit that the class does not tell from others",
}

// classes are found by enumKey.
var classes = sync.OnceValue(func() map[string]class {
	all := map[string]class{}
	for _, row := range tableLines(encounterClassTable, 4) {
		c := class{code: []byte(row[0]), note: classNotes[row[1]]}
		if row[2] != "" {
			c.detail = []byte(row[2])
		}
		for word := range strings.SplitSeq(row[3], "|") {
			all[string(enumKey(nil, []byte(word)))] = c
		}
	}
	return all
})

// unsaidClasses are the words that name no class, with what they say instead.
var unsaidClasses = map[string]string{
	"ni": "no information", "noinformation": "no information", "un": "not known", "ot": "some other class", "other": "some other class",
}
