package rule

import (
	_ "embed" // The tables of this family are part of the program.
	"strings"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

//go:embed data/vital_type.tsv
var vitalTypeTable string

// vitalType is a type of vital sign (rule STD-VIT-1).
type vitalType struct {
	token, loinc string
	// name and unit are the token and the unit of the type, to be written to records.
	name, unit []byte
	units      map[string]*vitalConversion // what other units become the unit of the type, and how
	// warn and wrong are the ranges outside which values are warned of and wrong, in the unit (rule VAL-VIT-1); bounds may be nil.
	warn, wrong decimal.Range
}

const bloodPressure, systolicBP, diastolicBP = "blood_pressure", "systolic_bp", "diastolic_bp"

// vitalTypes are the types by token, and by what they are called: keys of names (see enumKey) and codes.
type vitalTypes struct {
	byToken, byName, byCode map[string]*vitalType
}

var vitals = sync.OnceValue(func() *vitalTypes {
	all := &vitalTypes{map[string]*vitalType{}, map[string]*vitalType{}, map[string]*vitalType{}}
	for _, row := range tableLines(vitalTypeTable, 8) {
		codes := strings.Split(row[1], ";")
		t := &vitalType{token: row[0], loinc: codes[0], name: []byte(row[0]), unit: []byte(row[2]),
			units: vitalConversions()[row[0]], warn: boundsOf(row[3], row[4]), wrong: boundsOf(row[5], row[6])}
		all.byToken[t.token] = t
		for _, name := range append(strings.Split(row[7], ";"), t.token) {
			all.byName[string(enumKey(nil, []byte(name)))] = t
		}
		for _, code := range codes {
			all.byCode[code] = t
		}
	}
	return all
})

// boundsOf makes a range of two bounds, of which an empty one is missing.
func boundsOf(low, high string) (r decimal.Range) {
	if low != "" {
		r.Low = decimal.New(low)
	}
	if high != "" {
		r.High = decimal.New(high)
	}
	return r
}

// longestVitalName is beyond every name; longer texts are none.
const longestVitalName = 96

// find looks a cleaned text up, nil: no type is called that.
func (all *vitalTypes) find(text []byte) *vitalType {
	if t := all.byToken[string(text)]; t != nil {
		return t
	}
	if code := cutPrefixes(text, "loinc:"); isLOINCShape(code) {
		return all.byCode[string(code)]
	}
	if len(text) > longestVitalName {
		return nil
	}
	var buf [longestVitalName]byte
	return all.byName[string(enumKey(buf[:0], text))]
}

// standardizeVitalTypes is rule STD-VIT-1. The halves of a blood pressure are types of their own (rule STD-VIT-2): the peer _part
// says which half the record is. A wide file names the type by a column, so that there is no cell to report.
func standardizeVitalTypes(column *Column) func(*Cell) {
	all, named := vitals(), column.Header != ""
	return func(c *Cell) {
		t := all.find(c.Text)
		part := c.Peer(0)
		switch {
		case t == nil:
			c.Keep("STD-VIT-1", record.Error, "not a type of vital sign")
		case part == nil:
			c.Set("STD-VIT-1", t.name)
		case named:
			c.SetAs("STD-VIT-2", part, record.Information, "one half of a blood pressure")
		default:
			c.Text = part
		}
	}
}

// IsVitalType tells whether a cell as it came is a code or name that rule STD-VIT-1 knows.
func IsVitalType(raw []byte) bool { return rawVitalType(raw) != nil }

// IsBloodPressure tells whether a cell as it came names a blood pressure, systolic and diastolic in one.
func IsBloodPressure(raw []byte) bool {
	t := rawVitalType(raw)
	return t != nil && t.token == bloodPressure
}

func rawVitalType(raw []byte) *vitalType {
	return vitals().find(cleanOf(raw, rawType))
}
