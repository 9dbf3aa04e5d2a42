package cross

import (
	"cmp"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Growth is a record of one patient's vital signs that rule VAL-VIT-3 may look at. Other types than body_weight, body_height and
// bmi, other units than kg, cm and kg/m2, values that are no numbers and times without a day are left out of account.
type Growth struct {
	Type, Value, Unit string
	// Effective is the canonical effective_datetime.
	Effective string
	// Order is the place in the order of output; it decides between records of the same time.
	Order int64
	// Flawed tells that the record has an error.
	Flawed bool
	// Age is that of the patient then, in whole years; it counts when AgeKnown.
	Age      int
	AgeKnown bool
}

// growthReading is a Growth that counts, read.
type growthReading struct {
	index int // of the input
	value decimal.Number
	when  instant
	grown bool // or the age is not known
}

var growthUnits = map[string]string{"body_weight": "kg", "body_height": "cm", "bmi": "kg/m2"}

// JudgeGrowth returns the warnings of rule VAL-VIT-3 by index of the record they are about; they are about the field value. records
// are those of one patient, in any order.
func JudgeGrowth(records []Growth) map[int]record.Finding {
	types := map[string][]*growthReading{}
	for i := range records {
		if r := readGrowth(i, &records[i]); r != nil {
			types[records[i].Type] = append(types[records[i].Type], r)
		}
	}
	for _, all := range types {
		slices.SortFunc(all, func(a, b *growthReading) int { return compareReadings(records, a, b) })
	}
	found := map[int]record.Finding{}
	warnOfJumps(types["body_height"], heightJumps, "height differs by more than 10 cm from that at most 30 days before", found)
	warnOfJumps(types["body_weight"], weightJumps, "weight differs by more than 50 % from that at most 30 days before", found)
	weights, heights := lastOfDays(types["body_weight"]), lastOfDays(types["body_height"])
	for _, mass := range types["bmi"] {
		weight, height := weights[mass.when.day], heights[mass.when.day]
		if weight == nil || height == nil || !contradicts(mass, weight, height) {
			continue
		}
		later := slices.MaxFunc([]*growthReading{mass, weight, height}, func(a, b *growthReading) int { return compareReadings(records, a, b) })
		warnOfGrowth(found, later, "body mass index differs by more than 5 % from weight / height² of the day")
	}
	return found
}

func readGrowth(index int, g *Growth) *growthReading {
	r := &growthReading{index: index, grown: !g.AgeKnown || g.Age >= 18}
	unit, known := growthUnits[g.Type]
	if !known || g.Flawed || g.Unit != unit || !r.value.Parse([]byte(g.Value)) || !r.when.parse(g.Effective) {
		return nil
	}
	return r
}

// compareReadings orders by time, then as in the output.
func compareReadings(records []Growth, a, b *growthReading) int {
	return cmp.Or(a.when.compare(b.when), cmp.Compare(records[a.index].Order, records[b.index].Order))
}

// warnOfGrowth keeps the first warning about a record: a rule reports a field once.
func warnOfGrowth(found map[int]record.Finding, r *growthReading, message string) {
	if _, ok := found[r.index]; !ok {
		found[r.index] = record.Finding{Rule: "VAL-VIT-3", Severity: record.Warning, Message: message}
	}
}

const growthDays = 30

// warnOfJumps compares each reading, in order, with the one before when that is not long ago. Days are counted by the calendar.
func warnOfJumps(all []*growthReading, jumps func(from, to *growthReading) bool, message string, found map[int]record.Finding) {
	for i := 1; i < len(all); i++ {
		if from, to := all[i-1], all[i]; to.when.day-from.when.day <= growthDays && jumps(from, to) {
			warnOfGrowth(found, to, message)
		}
	}
}

var (
	mostHeight = decimal.New("10")
	mostWeight = decimal.New("0.5")
	mostIndex  = decimal.New("0.05")
	toIndex    = decimal.New("10000") // kg/cm² in kg/m²
)

func heightJumps(from, to *growthReading) bool {
	var d decimal.Number
	d.Sub(&to.value, &from.value)
	d.Abs(&d)
	return to.grown && d.Cmp(mostHeight) > 0
}

func weightJumps(from, to *growthReading) bool {
	var d, most decimal.Number
	d.Sub(&to.value, &from.value)
	d.Abs(&d)
	most.Mul(&from.value, mostWeight)
	return d.Cmp(&most) > 0
}

// lastOfDays returns the last of the readings, which are in order, of each calendar day.
func lastOfDays(all []*growthReading) map[int]*growthReading {
	last := map[int]*growthReading{}
	for _, r := range all {
		last[r.when.day] = r
	}
	return last
}

// contradicts tells whether |index - weight / height²| > 5 % of weight / height², multiplied by height² to stay exact.
func contradicts(mass, weight, height *growthReading) bool {
	var square, expected, d decimal.Number
	square.Mul(&height.value, &height.value)
	if square.Sign() == 0 {
		return false
	}
	expected.Mul(&weight.value, toIndex)
	d.Mul(&mass.value, &square)
	d.Sub(&d, &expected)
	d.Abs(&d)
	expected.Mul(&expected, mostIndex)
	return d.Cmp(&expected) > 0
}
