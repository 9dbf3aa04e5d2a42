package rule

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

//go:embed data/med_route.tsv
var routeTable string

// routeWords are the routes by their words; ? is what names an eye or an ear.
var routeWords = sync.OnceValue(func() words {
	all := words{}
	for _, row := range tableLines(routeTable, 2) {
		token := []byte(row[0])
		for _, name := range append(strings.Split(row[1], "|"), row[0]) {
			all.add(token, name)
			if row[0] != "?" && name != "" {
				all.add(token, name+" route")
			}
		}
	}
	delete(all, "?")
	return all
})

// routes is rule STD-MED-4.
func routes(*Column) func(*Cell) {
	all := routeWords()
	return func(c *Cell) {
		switch route := all.find(c.Text); {
		case route == nil:
			c.Keep("STD-MED-4", record.Warning, "not a route that is listed; kept")
		case route[0] == '?':
			c.Keep("STD-MED-4", record.Warning, "an eye or an ear, or something else; kept")
		default:
			c.Set("STD-MED-4", route)
		}
	}
}
