package encode

import (
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// QuarantineHeader is the header of quarantine.csv (rule 0.9).
const QuarantineHeader = "record_no,rule_id,message,raw_line\n"

// AppendQuarantine writes a line of quarantine.csv; safe guards the raw line against formulas (rule SEC-1).
func AppendQuarantine(to []byte, number int64, rule, message string, raw []byte, safe bool) []byte {
	to = append(strconv.AppendInt(to, number, 10), ',')
	to = append(appendText(to, []byte(rule), false), ',')
	to = append(appendText(to, []byte(message), false), ',')
	return append(appendText(to, raw, safe), '\n')
}

// withdraw notes that a record has an error in a required field; whether it leaves is the caller's choice. A row leaves whole.
func (e *Encoder) withdraw(t *plan.Table, i int, rule, message string, b *Block) {
	for len(b.Withdrawn) < len(t.Refs) {
		b.Withdrawn = append(b.Withdrawn, false)
	}
	row := t.Refs[i].Row
	first := i
	for first > 0 && t.Refs[first-1].Row == row {
		first--
	}
	if b.Withdrawn[first] {
		return
	}
	for k := first; k < len(t.Refs) && t.Refs[k].Row == row; k++ {
		b.Withdrawn[k] = true
	}
	var raw []byte
	if !e.options.Private {
		raw = t.Batch.Text(t.Batch.Raw[row])
	}
	b.Quarantine.Text = AppendQuarantine(b.Quarantine.Text, t.Numbers[i], rule, message, raw, e.options.Safe)
	b.Quarantine.Add(t.Numbers[i])
}
