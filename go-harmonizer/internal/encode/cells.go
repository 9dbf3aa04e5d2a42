package encode

import (
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// copyCells adds the texts of the records of the page to the cells of a block.
func (e *Encoder) copyCells(t *plan.Table, to *Cells) {
	for c := range e.plan.Written {
		column := e.columnOf(c)
		switch {
		case column == nil:
			e.copyMade(t, to, c)
		case column.live:
			to.add(c, column.cells[:e.page.len()])
		default:
			to.addNulls(c, e.page.len())
		}
	}
}

func (c *Cells) add(column int, cells []cell) {
	spans, text := c.Spans[column], c.Text
	for i := range cells {
		one := cells[i].text
		spans = append(spans, CellSpan{uint32(len(text)), uint32(len(one)), one == nil})
		text = append(text, one...)
	}
	c.Spans[column], c.Text = spans, text
}

func (c *Cells) addNulls(column, n int) {
	for range n {
		c.Spans[column] = append(c.Spans[column], CellSpan{Null: true})
	}
}

// copyMade adds the texts of record_no or record_status.
func (e *Encoder) copyMade(t *plan.Table, to *Cells, column int) {
	out := &e.plan.Written[column]
	for i := e.page.from; i < e.page.to; i++ {
		start := len(to.Text)
		if out.Kind == entity.OutRecordNo {
			to.Text = strconv.AppendInt(to.Text, t.Outputs[i], 10)
		} else {
			to.Text = append(to.Text, Status(e.plan, t.Failed[i])...)
		}
		to.Spans[column] = append(to.Spans[column], CellSpan{Off: uint32(start), Len: uint32(len(to.Text) - start)})
	}
}
