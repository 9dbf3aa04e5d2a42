package rule

import (
	"bytes"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// doses is rules STD-MED-2 and VAL-MED-2: what a dose as text says in numbers and units. The text itself stays, unless a column of its
// own holds the unit: the two are joined.
var doses = Standardizer{
	Peers:   []string{"medication_name"},
	Sources: []string{"_unit", "dose_unit"},
	Derives: []string{"dose_value", "dose_value_high", "dose_unit", "dose_denominator_value", "dose_denominator_unit"},
	Bind: func(column *Column) func(*Cell) {
		d := &doser{numbers: doseNumbers(column), limits: doseLimits()}
		return d.run
	},
}

// doser is what depends on the column, and scratch space.
type doser struct {
	numbers numberReader
	limits  *limits
	dose    dose
}

// dose is what a text says.
type dose struct {
	low, high   []byte // plain decimals; high is nil where there is no range
	unit        []byte // UCUM; nil: none
	per, below  []byte // the line below of a ratio: how many of which unit
	prone       string // what is error-prone about the way it is written
	comma       numeral
	abbreviated bool // the unit is one that must be kept
}

func (d *doser) run(c *Cell) {
	wrong := d.read(c.Bytes, c.Text)
	if unit := c.Source(0); unit != nil && (wrong == noDoseUnit || wrong == "" && d.contradicts(unit)) {
		wrong = d.join(c, unit)
	} else if unit = c.Source(1); unit != nil && wrong == noDoseUnit {
		wrong = d.join(c, unit)
	} else if unit != nil && wrong == "" && d.contradicts(unit) {
		wrong = "the unit in the text is not the one of the unit column; kept"
	}
	switch {
	case wrong != "":
		c.Keep("STD-MED-2", record.Error, wrong)
	case d.dose.abbreviated:
		c.Keep("STD-MED-2", record.Warning, "U may be read as 0 or mean something else, not units; kept")
	default:
		d.put(c)
		d.check(c)
	}
}

// join makes the text and its unit, which stands in a column of its own, the cell's text and reads that. What cannot be read together
// is kept together, because the column passes through and means nothing the second time.
func (d *doser) join(c *Cell, unit []byte) (wrong string) {
	joined := append(append(append(c.Bytes(len(c.Text)+1+len(unit)), c.Text...), ' '), unit...)
	c.SetAs("STD-MED-2", joined, record.Information, "joined with the column of its unit")
	return d.read(c.Bytes, joined)
}

// contradicts tells whether a column of its own holds a unit other than that in the text. The column may leave out what is below the
// line, as dose_unit does.
func (d *doser) contradicts(own []byte) bool {
	if own == nil || d.dose.abbreviated {
		return false
	}
	var other dose
	return other.readUnits(own) != "" || !bytes.Equal(other.unit, d.dose.unit) ||
		other.below != nil && !bytes.Equal(other.below, d.dose.below)
}

// put derives the parts and says what was doubtful.
func (d *doser) put(c *Cell) {
	for i, part := range [...][]byte{d.dose.low, d.dose.high, d.dose.unit, d.dose.per, d.dose.below} {
		c.Derive(i, part)
	}
	if own := c.Source(1); own != nil && !bytes.Equal(own, d.dose.unit) {
		c.find(record.Finding{Rule: "STD-MED-2", Field: "dose_unit", Severity: record.Information, Outcome: record.Changed, Message: "standardized"})
	}
	if d.dose.prone != "" {
		c.Note("STD-MED-2", record.Warning, d.dose.prone)
	}
	if n := &d.dose.comma; n.severity >= record.Warning {
		message, _, _ := strings.Cut(n.message, ";") // What it says of the column is not so here.
		c.Note(n.rule, n.severity, message)
	}
}
