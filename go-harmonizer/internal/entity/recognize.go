package entity

// Recognizes tells whether a cell of a row names a column when the row is a header (rule STD-CSV-2): by column_map or column_types, or as a name
// or an alias of a field of the entity that the row would choose. A word of some other entity is no name: it may well be data.
func Recognizes(row []string, o Options) bool {
	keys := make([]string, len(row))
	for i, cell := range row {
		keys[i] = Key(cell, i+1)
		if o.speaksOf(cell) || o.speaksOf(keys[i]) {
			return true
		}
		if isOurs(keys[i]) {
			return true
		}
	}
	choice, err := Choose(row, o)
	if err != nil {
		return false // The job names no entity that exists; the mapping says so.
	}
	for _, key := range keys {
		if len(choice.Entity.names.claims[key]) > 0 {
			return true
		}
	}
	return false
}

// speaksOf tells that the job names a column, by header or by key.
func (o *Options) speaksOf(name string) bool {
	_, mapped := o.ColumnMap[name]
	_, declared := o.Declared[name]
	return mapped || declared
}

// isOurs tells that a key is a column that only we write.
func isOurs(key string) bool { return key == "record_no" || key == "record_status" }
