package encode

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// page is some consecutive records of a table, few enough that what is gathered of them stays in the processor's cache. Values lie all
// over the memory: they are visited once, column by column, and the loops over records read only what was gathered.
type page struct {
	size     int // records, at most
	from, to int // records of the table
	slots    []column
	made     []column // by column of the output: the texts of those that no slot holds
	digits   []byte   // of record_no
	found    []finder // of the slot that was gathered last
}

// column is the texts of a slot, or of a column that no slot holds.
type column struct {
	cells []cell
	// read tells that the texts are written or compared. Those of other slots are nobody's business, and may be shared by workers.
	read bool
	// live tells that one of the texts is not null. Without it and changed the cells are not filled.
	live bool
	// changed tells that one of the values is not as it came.
	changed bool
}

// cell is a text of the output; nil is null.
type cell struct {
	text    []byte
	marks   uint8
	changed bool // the value is not as it came
}

// finder is a value with findings, and its record within the page.
type finder struct {
	i int
	v *record.Value
}

// Records of a page: fewer, the more columns there are.
const (
	pageCells    = 16 << 10
	mostRecords  = 256
	leastRecords = 8
)

func newPage(p *plan.Plan) page {
	slots := p.Slots()
	made := page{size: max(leastRecords, min(mostRecords, pageCells/max(1, slots))), slots: make([]column, slots),
		made: make([]column, len(p.Written))}
	for _, out := range p.Written {
		if out.Slot >= 0 && out.Kind != entity.OutSource {
			made.slots[out.Slot].read = true
		}
	}
	return made
}

// turn goes on to the records that start at from.
func (p *page) turn(t *plan.Table, from int) { p.from, p.to = from, min(from+p.size, len(t.Refs)) }

func (p *page) len() int { return p.to - p.from }

// gather collects the texts of a slot, and the values with findings.
func (p *page) gather(t *plan.Table, slot int) {
	c, values := &p.slots[slot], t.Values[slot][p.from:p.to]
	c.live, c.changed, p.found = false, false, p.found[:0]
	start := 0
	for start < len(values) && values[start] == record.Null {
		start++
	}
	if start == len(values) {
		return
	}
	cells := c.room(p.size)
	clear(cells[:start])
	for i := start; i < len(values); i++ {
		v := values[i]
		if v == record.Null {
			cells[i] = cell{}
			continue
		}
		if len(v.Findings) > 0 {
			p.found = append(p.found, finder{i, v})
		}
		changed := v.Outcome != record.OK
		c.changed = c.changed || changed
		if v.Text == nil || !c.read {
			cells[i] = cell{changed: changed}
			continue
		}
		cells[i] = cell{v.Text, look(v), changed}
		c.live = true
	}
}

// changed tells that the value of a slot of record i of the table, one of the page, is not as it came.
func (p *page) changed(slot, i int) bool {
	c := &p.slots[slot]
	return c.changed && c.cells[i-p.from].changed
}

func (c *column) room(n int) []cell {
	if c.cells == nil {
		c.cells = make([]cell, n)
	}
	return c.cells
}
