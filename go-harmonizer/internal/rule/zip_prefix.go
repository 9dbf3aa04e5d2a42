package rule

import (
	_ "embed" // The tables of this family are part of the program.
	"strconv"
	"strings"
	"sync"
)

//go:embed data/zip.tsv
var zipTable string

// zipSet is the first three digits of the ZIP codes of a state.
type zipSet struct {
	prefixes [1000]bool
	// doubleZero tells that they begin with two zeros, so that three digits may be left of a code.
	doubleZero bool
}

// holds tells whether a code, at least three digits, is of the state.
func (s *zipSet) holds(code []byte) bool {
	return s.prefixes[int(code[0]-'0')*100+int(code[1]-'0')*10+int(code[2]-'0')]
}

// zipPrefixes are the sets by state.
var zipPrefixes = sync.OnceValue(func() map[string]*zipSet {
	all := map[string]*zipSet{}
	for _, row := range tableLines(zipTable, 2) {
		set := &zipSet{doubleZero: row[0] == "PR" || row[0] == "VI"}
		for _, span := range strings.Split(row[1], ",") {
			low, high, ok := strings.Cut(span, "-")
			if !ok {
				high = low
			}
			from, _ := strconv.Atoi(low) // A table that is no table fails its test.
			to, _ := strconv.Atoi(high)
			for i := from; i <= to; i++ {
				set.prefixes[i] = true
			}
		}
		all[row[0]] = set
	}
	return all
})
