package encode

// copyCells adds the texts of the records of the page to the cells of a block.
func (e *Encoder) copyCells(to *Cells) {
	for c := range e.plan.Written {
		if column := e.columnOf(c); column.live {
			to.add(c, column.cells[:e.page.len()])
		} else {
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
