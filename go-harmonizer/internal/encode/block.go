package encode

import "github.com/zeebo/xxh3"

// Block is what the records of a batch became. It is reused.
type Block struct {
	// Rows are the encoded records, Ends where each ends in Rows.
	Rows []byte
	Ends []int
	// Numbers are the numbers of the records in the file, Outputs those they bear in the output.
	Numbers, Outputs []int64
	// Failed tells which records carry an error.
	Failed []bool
	// Source is the row of the batch that a record comes from.
	Source []uint32
	// Hashes are the hashes of the records by rule DED-1; empty when not asked for.
	Hashes []xxh3.Uint128
	// Issues are the encoded issue records, one line each, by ascending record number.
	Issues Lines
	// Quarantine are the lines of records that leave for the quarantine, and Withdrawn tells which records these are.
	Quarantine Lines
	Withdrawn  []bool
	// Lineage are lines about values that are not as they came, by ascending record number and then in the order of the columns; empty
	// when not asked for.
	Lineage Lines
	// Errors and Warnings are how many issues of these severities there are.
	Errors, Warnings int64
	// Cells are the texts of the records; empty when not asked for. They last until the block is used again.
	Cells Cells
}

// Cells are texts column by column, [column][record] in one buffer of their own.
type Cells struct {
	Text  []byte
	Spans [][]CellSpan
}

// CellSpan is a text of Cells.
type CellSpan struct {
	Off, Len uint32
	Null     bool
}

// reset empties the block, for cells of some columns. Hashes stay: they may have been taken before.
func (b *Block) reset(columns int) {
	b.Rows, b.Ends, b.Numbers, b.Failed, b.Source = b.Rows[:0], b.Ends[:0], b.Numbers[:0], b.Failed[:0], b.Source[:0]
	b.Withdrawn, b.Outputs = b.Withdrawn[:0], b.Outputs[:0]
	b.Errors, b.Warnings = 0, 0
	b.Issues.Reset()
	b.Quarantine.Reset()
	b.Lineage.Reset()
	b.Cells.reset(columns)
}

func (c *Cells) reset(columns int) {
	c.Text = c.Text[:0]
	for len(c.Spans) < columns {
		c.Spans = append(c.Spans, nil)
	}
	for i := range c.Spans {
		c.Spans[i] = c.Spans[i][:0]
	}
}
