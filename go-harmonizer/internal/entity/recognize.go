package entity

// Recognizes tells whether a cell of a row is a column name: by column_map, or the name or an alias of a field of the given
// entity, or of any when none is given (rule STD-CSV-2).
func Recognizes(row []string, entity string, columnMap map[string]string) bool {
	for i, cell := range row {
		key := Key(cell, i+1)
		if _, ok := columnMap[cell]; ok {
			return true
		}
		if _, ok := columnMap[key]; ok || isOurs(key) {
			return true
		}
		for _, e := range All() {
			if (entity == "" || entity == e.Name) && len(e.names.claims[key]) > 0 {
				return true
			}
		}
	}
	return false
}

// isOurs tells that a key is a column that only we write.
func isOurs(key string) bool { return key == "record_no" || key == "record_status" }
