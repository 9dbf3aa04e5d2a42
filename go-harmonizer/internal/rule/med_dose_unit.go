package rule

import (
	"bytes"
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/med_unit.tsv
var doseUnitTable string

// doseUnit is a unit of doses.
type doseUnit struct {
	code  []byte // UCUM; ? for what must be kept
	below bool   // only below the line of a ratio
	prone bool   // by a word that is easily misread
}

// doseUnits are the units by the words for them, see enumKey.
var doseUnits = sync.OnceValue(func() map[string]doseUnit {
	all := map[string]doseUnit{}
	for _, row := range tableLines(doseUnitTable, 3) {
		names := strings.Split(row[2], "|")
		if row[0] != "?" && row[1] != "prone" {
			names = append(names, row[0])
		}
		for _, name := range names {
			all[string(enumKey(nil, []byte(name)))] = doseUnit{[]byte(row[0]), row[1] == "below", row[1] == "prone"}
		}
	}
	return all
})

// longestDoseUnit is beyond every word for a unit; what is longer is none.
const longestDoseUnit = 32

func findDoseUnit(text []byte) (doseUnit, bool) {
	if len(text) > longestDoseUnit {
		return doseUnit{}, false
	}
	var buf [longestDoseUnit]byte
	unit, ok := doseUnits()[string(enumKey(buf[:0], text))]
	return unit, ok
}

// readUnits reads a unit or a ratio of two without a number between them.
func (d *dose) readUnits(text []byte) (wrong string) {
	above, below, isRatio := bytes.Cut(text, []byte{'/'})
	if wrong = d.readUnit(above); wrong == "" && isRatio {
		d.per = oneBelow
		wrong = d.readUnitBelow(below)
	}
	return wrong
}

func (d *dose) readUnit(text []byte) (wrong string) {
	if text = trimSpace(text); len(text) == 0 {
		return noDoseUnit
	}
	unit, ok := findDoseUnit(text)
	if !ok || unit.below {
		return noDose
	}
	d.unit = d.note(unit)
	return ""
}

func (d *dose) readUnitBelow(text []byte) (wrong string) {
	unit, ok := findDoseUnit(trimSpace(text))
	if !ok {
		return noDose
	}
	d.below = d.note(unit)
	return ""
}

// note notes how the unit is written and returns its code.
func (d *dose) note(unit doseUnit) []byte {
	d.abbreviated = d.abbreviated || unit.code[0] == '?'
	if unit.prone {
		d.prone = "cc read as mL; it may be misread as units"
	}
	return unit.code
}
