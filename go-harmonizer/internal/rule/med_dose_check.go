package rule

import (
	_ "embed"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

//go:embed data/med_limit.tsv
var doseLimitTable string

// limits are the highest usual doses by a word of the name of the drug, for each unit of mass.
type limits struct {
	words   map[string]map[string]*decimal.Number
	scratch *decimal.Number
}

// milligrams are the units of mass of doses.
var milligrams = map[string]*decimal.Number{"mg": decimal.New("1"), "ug": decimal.New("0.001"), "g": decimal.New("1000")}

var limitWords = sync.OnceValue(func() map[string]map[string]*decimal.Number {
	all := map[string]map[string]*decimal.Number{}
	for _, row := range tableLines(doseLimitTable, 2) {
		most := map[string]*decimal.Number{}
		for unit, size := range milligrams {
			most[unit] = new(decimal.Number)
			most[unit].Quo(decimal.New(row[1]), size)
		}
		all[row[0]] = most
	}
	return all
})

// doseLimits returns the limits with scratch space of their own.
func doseLimits() *limits { return &limits{limitWords(), new(decimal.Number)} }

// check is rule VAL-MED-2.
func (d *doser) check(c *Cell) {
	if !isAbove0(d.dose.low) {
		c.Note("VAL-MED-2", record.Warning, "a dose of 0 or less")
		return
	}
	most := d.dose.low
	if d.dose.high != nil {
		most = d.dose.high
	}
	if d.limits.isExceeded(c.Peer(0), most, d.dose.unit) {
		c.Note("VAL-MED-2", record.Warning, "above 1 mg, which is unusual for this drug: perhaps micrograms, not milligrams")
	}
}

// isExceeded tells whether a word of the name stands for a drug of which the dose is too much.
func (l *limits) isExceeded(name, dose, unit []byte) bool {
	if milligrams[string(unit)] == nil {
		return false
	}
	var buf [64]byte
	for i, key := 0, textKey(buf[:0], name); i < len(key); {
		end := i
		for end < len(key) && (key[end]-'a' < 26 || key[end] >= 0x80) {
			end++
		}
		if limit := l.words[string(key[i:end])][string(unit)]; limit != nil {
			return l.scratch.Parse(dose) && l.scratch.Cmp(limit) > 0
		}
		i = end + 1
	}
	return false
}
