package rule

import (
	"bytes"
	_ "embed"
	"strconv"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/ucum"
)

//go:embed data/vital_unit.tsv
var vitalUnitTable string

// vitalConversion makes a number of one unit a number of the unit of the type: (number - minus) × times ÷ by.
type vitalConversion struct {
	minus, times, by *decimal.Number
	places           int // shifted: as many as the digits need
}

const shifted = -1

// vitalConversions are those of each type by unit.
var vitalConversions = sync.OnceValue(func() map[string]map[string]*vitalConversion {
	all := map[string]map[string]*vitalConversion{}
	for _, row := range tableLines(vitalUnitTable, 6) {
		c := &vitalConversion{minus: decimal.New(row[2]), times: decimal.New(row[3]), by: decimal.New(row[4]), places: shifted}
		if places, err := strconv.Atoi(row[5]); err == nil {
			c.places = places
		}
		if all[row[0]] == nil {
			all[row[0]] = map[string]*vitalConversion{}
		}
		all[row[0]][row[1]] = c
	}
	return all
})

// convert returns the number, a plain one, in the unit of the type. n is scratch space.
func (v *vitalConversion) convert(bytes room, number []byte, n *decimal.Number) ([]byte, bool) {
	places := v.places
	if places == shifted {
		places = max(0, len(fractionOf(number))-2) // All shifts are by 100.
	}
	out := bytes(len(number) + places + 12)
	if v.minus.Sign() == 0 && v.by.Cmp(one) == 0 {
		return decimal.Scale(n, out, number, v.times, places)
	}
	if !n.Parse(number) {
		return nil, false
	}
	n.Sub(n, v.minus)
	n.Mul(n, v.times)
	n.Quo(n, v.by)
	n.Round(n, places)
	return n.Append(out), true
}

var one, three = decimal.New("1"), decimal.New("3")

// fractionOf returns the digits behind the point.
func fractionOf(number []byte) []byte {
	if i := bytes.IndexByte(number, '.'); i >= 0 {
		return number[i+1:]
	}
	return nil
}

// fits tells whether a unit is one of the type, and how a number of it becomes one of the type's unit; nil when it already is.
// Annotations such as that of {beats}/min do not change a unit, and a score is a number.
func (t *vitalType) fits(unit []byte) (how *vitalConversion, ok bool) {
	if bytes.Equal(unit, t.unit) {
		return nil, true
	}
	if how = t.units[string(unit)]; how != nil {
		return how, true
	}
	return nil, bytes.Equal(withoutAnnotation(unit), t.unit) || t.unit[0] == '{' && string(unit) == "1"
}

// withoutAnnotation cuts a leading {…} or 1 off a unit with a denominator.
func withoutAnnotation(unit []byte) []byte {
	at := bytes.IndexByte(unit, '/')
	if at > 0 && (at == 1 && unit[0] == '1' || unit[0] == '{' && unit[at-1] == '}') {
		return unit[at:]
	}
	return unit
}

// standardizeVitalUnits reads the unit of a vital sign (rules STD-UNIT-1 and VAL-UNIT-1); the rule of value then converts to the
// unit of the type.
func standardizeVitalUnits(column *Column) func(*Cell) {
	if column.Field != "unit" {
		return func(*Cell) {}
	}
	return func(c *Cell) {
		unit, known := ucum.Parse(c.Text)
		if !known {
			c.Keep("VAL-UNIT-1", record.Error, "not a known unit of measure")
			return
		}
		c.Set("STD-UNIT-1", unit)
	}
}
