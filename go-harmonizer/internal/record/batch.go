package record

// Span is a piece of a batch's Data.
type Span struct{ Off, Len uint32 }

// Broken is a record that could not be cut into the header's fields (rule STD-CSV-1).
type Broken struct {
	// Index is the position among the records of the batch, 0-based, broken ones counted.
	Index uint32
	// Raw is the record as it came, without its line end.
	Raw Span
	// Reason is constant text that says what is wrong.
	Reason string
}

// Batch is some consecutive records of a file, cut into cells, column by column. It is reused: nothing may keep a slice of it
// after its records have been written.
type Batch struct {
	// Data is the UTF-8 text that all spans point into. Unescaped cells are appended to it.
	Data []byte
	// Cells are the cells as they came, quotes removed: [column][row].
	Cells [][]Span
	// Raw are the records as they came, without line ends: [row].
	Raw []Span
	// Index are the positions among the records of the batch, 0-based, broken ones counted: [row].
	Index []uint32
	// Broken are the records that are not rows.
	Broken []Broken
	// Rows is the number of rows; records of the batch = Rows + len(Broken).
	Rows int
	// Blank is the number of blank lines that were skipped; they are no records.
	Blank int
}

// Reset empties the batch for text of the given number of columns. Capacity is kept.
func (b *Batch) Reset(columns int) {
	b.Data, b.Raw, b.Index, b.Broken = b.Data[:0], b.Raw[:0], b.Index[:0], b.Broken[:0]
	b.Rows, b.Blank = 0, 0
	for len(b.Cells) < columns {
		b.Cells = append(b.Cells, nil)
	}
	b.Cells = b.Cells[:columns]
	for i := range b.Cells {
		b.Cells[i] = b.Cells[i][:0]
	}
}

// Text returns the piece of Data. The slice has no spare capacity.
func (b *Batch) Text(s Span) []byte {
	end := s.Off + s.Len
	return b.Data[s.Off:end:end]
}

// Cell returns the cell of a column and row.
func (b *Batch) Cell(column, row int) []byte { return b.Text(b.Cells[column][row]) }

// Records is the number of records of the batch, broken ones counted.
func (b *Batch) Records() int { return b.Rows + len(b.Broken) }
