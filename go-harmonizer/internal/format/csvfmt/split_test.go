package csvfmt

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// dialects are the syntaxes that every property is tried under.
var dialects = []Dialect{
	{Delimiter: ','}, {Delimiter: ';'}, {Delimiter: '\t'}, {Delimiter: '|'}, {Delimiter: 0},
	{Delimiter: ',', LineCR: true}, {Delimiter: 0, LineCR: true},
}

// scramble makes text of what CSV is sensitive to.
func scramble(r *rand.Rand, d Dialect, n int) string {
	parts := []string{`"`, `""`, "\n", "\r\n", "\r", "a", "bc", " ", "\x00", "é", "0123456789abcdef", "\n\n", ";", "|", "\t"}
	if d.Delimiter != 0 {
		parts = append(parts, string(d.Delimiter), string(d.Delimiter), string(d.Delimiter)+`"`, `"`+string(d.Delimiter))
	}
	var b strings.Builder
	for range n {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

func TestAnyPiecesGiveTheSameRecords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, d := range dialects {
		t.Run(fmt.Sprintf("%q cr=%v", d.Delimiter, d.LineCR), func(t *testing.T) {
			for i := range 700 {
				text := scramble(r, d, 1+i%60)
				agree(t, d, text, func(int) int { return 1 })
				agree(t, d, text, func(int) int { return 1 + r.IntN(9) })
				agree(t, d, text, func(left int) int { return left })
			}
		})
	}
}

func TestLargePieces(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for i := range 2_500 {
		fmt.Fprintf(&b, "%d,\"Smith, \"\"J%d\"\"\",%s\r\n", i, i%7, strings.Repeat("x", r.IntN(900)))
	}
	for _, n := range []int{1, 7, 4096, 256 << 10, 1 << 20, 4 << 20} {
		agree(t, Dialect{Delimiter: ','}, b.String(), func(int) int { return n })
	}
}

func FuzzSplit(f *testing.F) {
	for i, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",c\r\n\"x\" y,1\n", "a\rb\r\n\rc", "\"\n\"\n\n", "\"a"} {
		f.Add(seed, uint8(i), uint8(i+1))
	}
	f.Fuzz(func(t *testing.T, text string, dialect, piece uint8) {
		agree(t, dialects[int(dialect)%len(dialects)], text, func(int) int { return int(piece) })
	})
}
