package rule

import "strings"

// tsvRows cuts a reference table of the data folder into rows of cells. Lines that begin with # say what it is and where it is from.
func tsvRows(text string) [][]string {
	var rows [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line != "" && line[0] != '#' {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows
}
