package rule

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// pressurePair is rule VAL-VIT-2: of two records of one panel, one after the other, the systolic pressure is the greater.
var pressurePair = &RecordRule{
	Entities: []string{"vital"},
	Fields:   []string{"vital_type", "value", "unit", "panel_id"},
	Needs:    []int{0, 1, 2},
	Bind: func(*File, *Params) func(*Row) {
		var difference, other decimal.Number
		return func(row *Row) { checkPair(row, &difference, &other) }
	},
}

const pairType, pairValue, pairUnit, pairPanel = 0, 1, 2, 3

// pairLeast and pairMost are the differences in mm[Hg] beyond which a pair is warned of.
var pairLeast, pairMost = decimal.New("10"), decimal.New("150")

func checkPair(row *Row, difference, other *decimal.Number) {
	if string(row.Text(pairType)) != diastolicBP || string(row.PrevText(pairType)) != systolicBP || row.Text(pairPanel) == nil ||
		string(row.Text(pairPanel)) != string(row.PrevText(pairPanel)) || !inMercury(row.Text(pairUnit)) || !inMercury(row.PrevText(pairUnit)) ||
		!difference.Parse(row.PrevText(pairValue)) || !other.Parse(row.Usable(pairValue)) {
		return
	}
	difference.Sub(difference, other)
	switch {
	case difference.Sign() <= 0:
		row.NoteBoth(pairValue, "VAL-VIT-2", record.Error, "systolic pressure not above the diastolic one")
	case difference.Cmp(pairLeast) < 0:
		row.NoteBoth(pairValue, "VAL-VIT-2", record.Warning, "systolic and diastolic pressure differ by less than 10 mm[Hg]")
	case difference.Cmp(pairMost) > 0:
		row.NoteBoth(pairValue, "VAL-VIT-2", record.Warning, "systolic and diastolic pressure differ by more than 150 mm[Hg]")
	}
}

func inMercury(unit []byte) bool { return string(unit) == "mm[Hg]" }
