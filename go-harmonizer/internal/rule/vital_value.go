package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// readings is rules STD-VIT-2, STD-VIT-3 and VAL-VIT-1 with NULL-2 for the field value: a number in the unit of its type. It writes
// the field unit, too, when it converts or finds the unit elsewhere.
func readings() *Standardizer {
	return &Standardizer{Peers: []string{"vital_type", "unit", "_part"}, Derives: []string{"unit"}, Conclude: suspected, Bind: bindReadings}
}

func bindReadings(column *Column) func(*Cell) {
	if column.Field != "value" {
		return func(*Cell) {} // panel_id names the rule, too, but the plan writes it.
	}
	r := &vitalReader{types: vitals().byToken, numbers: readerOf(column), suspects: map[string]*suspects{}}
	for token := range r.types {
		r.suspects[token] = newSuspects(token)
	}
	return r.run
}

// vitalReader standardizes the readings of one column, for one worker.
type vitalReader struct {
	types    map[string]*vitalType
	numbers  numberReader
	suspects map[string]*suspects
	scratch  decimal.Number
}

func (r *vitalReader) run(c *Cell) {
	t := r.types[string(c.Peer(0))]
	read, ok := r.read(c, t)
	if !ok {
		return
	}
	given := c.PeerValue(1)
	unit := given.Text
	if differs(read.said, unit) && !(read.feet && string(unit) == "[ft_i]") {
		c.Keep("STD-VIT-3", record.Error, otherUnit)
		return
	}
	if read.said != nil {
		unit = read.said
	}
	if t == nil || given.Outcome == record.Kept {
		read.number.apply(c)
		r.settleUnit(c, read, unit)
		return
	}
	r.convert(c, t, read, unit)
}

// convert brings the number to the unit of the type and looks whether it can be true.
func (r *vitalReader) convert(c *Cell, t *vitalType, read vitalReading, unit []byte) {
	number, guess := read.number.text, vitalGuess{}
	if unit == nil {
		guess = r.guess(t, number)
		unit = guess.unit
	}
	if unit == nil {
		if !r.null(c, t, number, number) {
			read.number.apply(c) // Written plainly, it is read the same the second time.
			c.Keep("STD-VIT-3", record.Warning, "no unit, and no single one fits; kept")
		}
		return
	}
	how, ok := t.fits(unit)
	out := number
	if ok && how != nil {
		out, ok = how.convert(c.Bytes, number, &r.scratch)
	}
	switch {
	case !ok || how != nil && string(unit) == "1" && !r.isFraction(number):
		c.Keep("STD-VIT-3", record.Error, "the unit does not fit the type; kept")
	case !r.null(c, t, number, out):
		r.settle(c, t, read, guess, out)
	}
}

// settle makes out, a number of the unit of the type, the output.
func (r *vitalReader) settle(c *Cell, t *vitalType, read vitalReading, guess vitalGuess, out []byte) {
	if same := bytes.Equal(out, read.number.text); same || read.number.severity > record.Information {
		read.number.apply(c)
	}
	c.Set("STD-VIT-3", out)
	if guess.unit != nil {
		noteUnit(c, "STD-VIT-3", guess.severity, guess.message)
	}
	r.settleUnit(c, read, t.unit)
	r.check(c, t, out)
	r.suspects[t.token].count(c, out)
}

// settleUnit writes the unit where the field has another or none.
func (r *vitalReader) settleUnit(c *Cell, read vitalReading, unit []byte) {
	given := c.PeerValue(1).Text
	if unit == nil || bytes.Equal(unit, given) {
		return
	}
	c.Derive(0, unit)
	switch {
	case given != nil:
		noteUnit(c, "STD-VIT-3", record.Information, "the unit that the value was converted to")
	case read.said != nil:
		noteUnit(c, "STD-NUM-2", record.Warning, "empty; taken from the value")
	}
}

// noteUnit says why the unit was changed.
func noteUnit(c *Cell, rule string, severity record.Severity, message string) {
	c.find(record.Finding{Rule: rule, Field: "unit", Severity: severity, Outcome: record.Changed, Message: message})
}

// null is rule NULL-2. It tells whether the cell was made null.
func (r *vitalReader) null(c *Cell, t *vitalType, number, converted []byte) bool {
	return t.warn.Low != nil && nullSentinel(c, number, converted, t.warn, &r.scratch)
}

// check is rule VAL-VIT-1.
func (r *vitalReader) check(c *Cell, t *vitalType, number []byte) {
	if t.warn.Low == nil || !r.scratch.Parse(number) {
		return
	}
	switch {
	case !t.wrong.Holds(&r.scratch):
		c.Note("VAL-VIT-1", record.Error, "outside the range of the possible")
	case !t.warn.Holds(&r.scratch):
		c.Note("VAL-VIT-1", record.Warning, "outside the range of the plausible")
	}
}
