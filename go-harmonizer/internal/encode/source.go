package encode

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// gatherSource collects the texts of a _source column.
func (e *Encoder) gatherSource(t *plan.Table, written int) {
	c, out := &e.page.made[written], &e.plan.Written[written]
	c.live = false
	if out.Column < 0 && e.plan.Settings.Harmonized {
		return
	}
	for i := range e.page.len() {
		text := e.sourceText(t, e.page.from+i, out)
		if text == nil {
			if c.live {
				c.cells[i] = cell{}
			}
			continue
		}
		if !c.live {
			c.live = true
			clear(c.room(e.page.size)[:i])
		}
		c.cells[i] = cell{text: text, marks: lookAt(text)}
	}
}

// sourceText returns the carried source text, or the cell where the output differs from it (rule 0.2).
func (e *Encoder) sourceText(t *plan.Table, i int, out *plan.Out) []byte {
	if out.Column >= 0 {
		if carried := t.Batch.Cell(out.Column, int(t.Refs[i].Row)); len(carried) > 0 {
			return carried
		}
	}
	if e.plan.Settings.Harmonized {
		return nil
	}
	v := t.Values[out.Slot][i]
	if v == record.Null || !v.Differs {
		return nil
	}
	raw := t.Raw(out.Slot, i)
	if len(raw) == 0 || bytes.Equal(raw, v.Text) {
		return nil
	}
	return raw
}
