package encode

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"

// gatherNumbers makes the texts of record_no.
func (e *Encoder) gatherNumbers(t *plan.Table, written int) {
	c := &e.page.made[written]
	c.live = true
	cells, buf := c.room(e.page.size), e.page.digits[:0]
	for i := range e.page.len() {
		e.output.set(t.Outputs[e.page.from+i])
		start := len(buf)
		buf = append(buf, e.output.text...)
		cells[i] = cell{text: buf[start:], marks: scanned | number}
	}
	e.page.digits = buf
}

// gatherStatus makes the texts of record_status.
func (e *Encoder) gatherStatus(t *plan.Table, written int) {
	c := &e.page.made[written]
	c.live = true
	cells := c.room(e.page.size)
	for i := range e.page.len() {
		text := e.status[0]
		if t.Failed[e.page.from+i] {
			text = e.status[1]
		}
		cells[i] = cell{text: text, marks: scanned}
	}
}
