package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// statusWords are the words for each status, by enumKey (rule STD-STAT-1).
func statusWords(words map[string][]string) map[string][]byte {
	all := map[string][]byte{}
	for status, others := range words {
		for _, text := range append(others, status) {
			all[string(enumKey(nil, []byte(text)))] = []byte(status)
		}
	}
	return all
}

// statuses are the words of each entity.
var statuses = map[string]map[string][]byte{
	"lab_result": statusWords(map[string][]string{
		"final": {"f", "complete", "resulted", "verified"}, "preliminary": {"p", "prelim"}, "corrected": {"c"}, "cancelled": {"x", "canceled"},
		"entered-in-error": {"entered in error", "w"},
	}),
	"medication": statusWords(map[string][]string{
		"active": nil, "completed": nil, "stopped": {"discontinued", "dc", "d/c"}, "on-hold": nil, "cancelled": {"canceled"}, "draft": nil,
	}),
	"encounter": statusWords(map[string][]string{"planned": nil, "in-progress": nil, "finished": nil, "cancelled": {"canceled"}}),
}

// status is rule STD-STAT-1.
func status(column *Column) func(*Cell) {
	words := statuses[column.Entity]
	return func(c *Cell) {
		var buf [longestWord]byte
		if len(c.Text) <= longestWord {
			if s, ok := words[string(enumKey(buf[:0], c.Text))]; ok {
				c.Set("STD-STAT-1", s)
				return
			}
		}
		c.Keep("STD-STAT-1", record.Warning, "not a status that is known")
	}
}
