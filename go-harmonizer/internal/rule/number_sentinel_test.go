package rule

import (
	"regexp"
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
)

func TestIsSentinel(t *testing.T) {
	shape := regexp.MustCompile(`^-?9{2,}(\.9+)?$|^-(1|8|9|88|888)$|^(777|888|7777|8888)$`)
	for _, s := range []string{"99", "999.9", "-99", "-99.99", "9", "-1", "-8", "-9", "-88", "-888", "-8888", "777", "77", "888", "7777",
		"8888", "99.", "99.90", "9.9", "-9.9", "", "-", "099", "998", "-7"} {
		if got := isSentinel([]byte(s)); got != shape.MatchString(s) {
			t.Errorf("%q: got %v", s, got)
		}
	}
}

func TestNullSentinel(t *testing.T) {
	var n decimal.Number
	weight := decimal.Range{Low: decimal.New("0.3"), High: decimal.New("350")}
	temperature := decimal.Range{Low: decimal.New("30"), High: decimal.New("43")}
	for _, e := range []struct {
		number, converted string
		warn              decimal.Range
		null              bool
	}{
		{"999.9", "999.9", weight, true}, {"99", "99", weight, false}, {"99", "37.2", temperature, false}, {"99", "99", temperature, true},
		{"400", "400", weight, false}, {"-1", "-1", atLeastZero, true}, {"999", "999", atLeastZero, false},
	} {
		c := &Cell{Text: []byte(e.number), arena: new(Arena)}
		if got := nullSentinel(c, []byte(e.number), []byte(e.converted), e.warn, &n); got != e.null || got != (c.Text == nil) {
			t.Errorf("%s (%s): got %v", e.number, e.converted, got)
		}
	}
}

// concluded counts numbers by group and concludes.
func concluded(groups map[string][]string) int {
	counts := map[string]int64{}
	for name, numbers := range groups {
		s := newSuspects(name)
		for _, n := range numbers {
			c := &Cell{}
			s.count(c, []byte(n))
			counts[c.counted]++
		}
	}
	return len(suspected(nil, counts))
}

func TestSuspected(t *testing.T) {
	times := func(n int, number string) []string { return slices.Repeat([]string{number}, n) }
	for name, e := range map[string]struct {
		groups map[string][]string
		want   int
	}{
		"frequent and greatest":  {map[string][]string{"": slices.Concat(times(20, "999"), times(380, "250"))}, 1},
		"too few":                {map[string][]string{"": slices.Concat(times(19, "999"), times(100, "250"))}, 0},
		"too small a share":      {map[string][]string{"": slices.Concat(times(20, "999"), times(381, "250"))}, 0},
		"not the greatest":       {map[string][]string{"": slices.Concat(times(50, "999"), times(1, "999.1"))}, 0},
		"not the greatest by 1":  {map[string][]string{"": slices.Concat(times(50, "999"), times(1, "1000"))}, 0},
		"greatest by a fraction": {map[string][]string{"": slices.Concat(times(50, "999.9"), times(50, "999"), times(1, "999.85"))}, 1},
		"leading zeros":          {map[string][]string{"": slices.Concat(times(50, "99"), times(50, "0098.9"))}, 1},
		"greatest of its group":  {map[string][]string{"sodium": times(30, "140"), "platelets": slices.Concat(times(30, "999"), times(30, "200"))}, 1},
		"one finding for two":    {map[string][]string{"a": times(30, "99"), "b": times(30, "777")}, 1},
		"nothing":                {nil, 0},
		"negative ones":          {map[string][]string{"": slices.Concat(times(30, "-5"), times(30, "99"))}, 1},
	} {
		if got := concluded(e.groups); got != e.want {
			t.Errorf("%s: got %d, want %d", name, got, e.want)
		}
	}
}
