package rule

import (
	"bytes"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/decimal"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// declaredNumbers is rules STD-NUM-1 and STD-NUM-3 for a declared column, after the declared texts are taken off; of counts also
// NULL-2.
var declaredNumbers = &Standardizer{
	Weigh:    unlessHarmonized(func(c *Column) Weigher { return &declaredMarks{stripper: newStripper(c.Declared.Strip)} }),
	Describe: describeMarks,
	Conclude: suspected,
	Bind:     bindDeclaredNumbers,
}

func bindDeclaredNumbers(column *Column) func(*Cell) {
	reader, strip := readerOf(column), newStripper(column.Declared.Strip)
	if column.Declared.Kind != CountKind {
		return func(c *Cell) { readStripped(c, reader, strip) }
	}
	var scratch decimal.Number
	seen := newSuspects("")
	return func(c *Cell) {
		if readStripped(c, reader, strip) && !nullSentinel(c, c.Text, c.Text, atLeastZero, &scratch) {
			seen.count(c, c.Text)
		}
	}
}

// readStripped reads what is left of a cell without the declared texts. It tells whether that is a number.
func readStripped(c *Cell, reader numberReader, strip *stripper) bool {
	if reader.isPlain(c.Text) {
		return true
	}
	number, ok := strip.number(c.Text)
	if !ok {
		notNumeric().apply(c)
		return false
	}
	n := reader.read(c.Bytes, append(c.Bytes(len(number)), number...))
	if n.text != nil && n.severity == record.Information && len(number) < len(c.Text) {
		n.message = "standardized, without its declared unit or sign"
	}
	n.apply(c)
	return n.text != nil
}

// givenMark is the decimal mark that is declared for the column or else for the job, 0: none.
func (c *Column) givenMark() byte {
	if c.Declared != nil && c.Declared.DecimalMark != 0 {
		return c.Declared.DecimalMark
	}
	return c.Params.DecimalMark
}

// declaredMarks weighs the decimal mark of numbers without the declared texts.
type declaredMarks struct {
	marks
	*stripper
}

// Add counts a text.
func (m *declaredMarks) Add(text []byte, n int64) {
	if number, ok := m.number(text); ok {
		m.marks.Add(number, n)
	}
}

// Merge adds another count.
func (m *declaredMarks) Merge(other Weigher) { m.marks.Merge(&other.(*declaredMarks).marks) }

// marksOf is the evidence of a column of numbers; nil: there is none.
func marksOf(c *Column) *marks {
	switch m := c.Weigher.(type) {
	case *marks:
		return m
	case *declaredMarks:
		return &m.marks
	}
	return nil
}

// stripper takes declared texts off both ends of a number. Case and spaces do not count. One worker uses it.
type stripper struct {
	before [][]byte // keys, longest first
	known  map[string]bool
	folded []byte
	key    []byte
}

func newStripper(texts []string) *stripper {
	s := &stripper{known: map[string]bool{"": true}}
	for _, text := range texts {
		key := stripKey(nil, []byte(text))
		s.before, s.known[string(key)] = append(s.before, key), true
	}
	slices.SortFunc(s.before, func(a, b []byte) int { return len(b) - len(a) })
	return s
}

// stripKey appends the comparison key of rule STD-TXT-3 without its spaces to dst.
func stripKey(dst, text []byte) []byte {
	start := len(dst)
	dst = textKey(dst, text)
	n := start
	for _, b := range dst[start:] {
		if b != ' ' {
			dst[n] = b
			n++
		}
	}
	return dst[:n]
}

// number returns the number of a text that is one but for declared texts around it. It is read as far as it goes, so that no text
// can take digits from it; what is left behind it must be declared. It lasts until the next call.
func (s *stripper) number(text []byte) ([]byte, bool) {
	if number, ok := s.cutTail(text); ok {
		return number, true
	}
	if len(s.before) == 0 {
		return nil, false
	}
	s.folded = textKey(s.folded[:0], text)
	sign := 0
	if b := s.folded[0]; b == '-' || b == '+' {
		sign = 1
	}
	for _, word := range s.before {
		for _, from := range [...]int{0, sign} { // "-$ 3" has its sign before the text.
			rest, ok := cutKey(s.folded[from:], word)
			if !ok || from > 0 && (rest[0] == '-' || rest[0] == '+') {
				continue
			}
			if from > 0 {
				s.key = append(append(s.key[:0], s.folded[0]), rest...)
				rest = s.key
			}
			if number, ok := s.cutTail(rest); ok {
				return number, true
			}
		}
	}
	return nil, false
}

// cutTail cuts a declared text off behind the number that text begins with.
func (s *stripper) cutTail(text []byte) ([]byte, bool) {
	end := numberEnd(text)
	if end == 0 {
		return nil, false
	}
	var buf [128]byte
	tail := text[end:]
	return text[:end:end], len(tail) == 0 || s.known[string(stripKey(buf[:0], tail))]
}

// cutKey cuts a key, in which spaces do not count, off the begin of a folded text. Neither may part digits from digits.
func cutKey(text, word []byte) (rest []byte, ok bool) {
	i := 0
	for _, b := range word {
		for i < len(text) && text[i] == ' ' {
			i++
		}
		if i == len(text) || text[i] != b {
			return nil, false
		}
		i++
	}
	joined := i < len(text) && text[i]-'0' < 10 && word[len(word)-1]-'0' < 10
	rest = bytes.TrimLeft(text[i:], " ")
	return rest, len(rest) > 0 && !joined
}
