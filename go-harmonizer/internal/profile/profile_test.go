package profile

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var somethingSaid = []record.Finding{{Rule: "STD-X"}}

// value is what became of a cell; the same text is ok.
func value(raw, text string) *record.Value {
	v := &record.Value{Text: []byte(text), Outcome: record.OK}
	if raw != text {
		v.Outcome, v.Findings = record.Changed, somethingSaid
	}
	return v
}

func TestShape(t *testing.T) {
	for text, want := range map[string]string{
		"Jane O'Neil-3": "AAAA A'AAAA-9", "Ünal": "AAAA", "(555) 123-4567": "(999) 999-9999", "μg/l": "AA/A", "３": "9", "°C": "°A", "": "",
		strings.Repeat("x", 40): strings.Repeat("A", 40), strings.Repeat("x", 41): strings.Repeat("A", 40) + "…",
		strings.Repeat("ä", 41): strings.Repeat("A", 40) + "…", strings.Repeat("x", 39) + "é": strings.Repeat("A", 40),
		"\xff": "\ufffd", "王小明": "AAA", "e\u0301": "AA",
	} {
		if got := string(shape(nil, []byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string][2]string{"AAAA A'AA-99": {"A A'A-9", "A9 *"}, "99": {"9", "9"}, "AA…": {"A…", "A"}, "": {"", ""}} {
		if r, c := string(runs(nil, []byte(text))), string(classes(nil, runs(nil, []byte(text)))); r != want[0] || c != want[1] {
			t.Errorf("%q: %q and %q, want %q", text, r, c, want)
		}
	}
}

// Eight characters at a time have the shapes that they have one by one.
func TestShapeOfEight(t *testing.T) {
	for c := range utf8.RuneSelf {
		for at := range 9 {
			text := []byte("a0 Z9-~\x00m")
			text[at] = byte(c)
			var want []byte
			for _, b := range text {
				want = append(want, ascii[b])
			}
			if got := shape(nil, text); !bytes.Equal(got, want) {
				t.Errorf("%q: %q, want %q", text, got, want)
			}
		}
	}
}

// summaryOf profiles values in a random order, by some workers, some of them remembered and settled now and then.
func summaryOf(show Show, all [][2]string, random *rand.Rand) Summary {
	workers, remembered := make([]*Column, 1+random.IntN(3)), make([]map[[2]string]*record.Value, 3)
	for i := range workers {
		workers[i], remembered[i] = New(show), map[[2]string]*record.Value{}
	}
	for _, k := range random.Perm(len(all)) {
		pair := all[k]
		w := random.IntN(len(workers))
		v := value(pair[0], pair[1])
		if random.IntN(2) == 0 {
			if known := remembered[w][pair]; known != nil {
				v = known
			}
			v.Remembered = true
			remembered[w][pair] = v
		}
		workers[w].Add(v, []byte(pair[0]))
		if random.IntN(100) == 0 {
			workers[w].Settle()
			clear(remembered[w])
		}
	}
	total := New(show)
	for _, i := range random.Perm(len(workers)) {
		total.Merge(workers[i])
	}
	return total.Summary()
}

// columns are columns of all kinds, with more shapes than are told apart at some levels.
var columns = map[string]func(*rand.Rand, int) [2]string{
	"phones": func(r *rand.Rand, i int) [2]string {
		n := r.IntN(1e7)
		return [2]string{fmt.Sprintf([]string{"555-%07d", "(555) %07d", "+1555%07d"}[i%3], n), fmt.Sprintf("+1555%07d", n)}
	},
	"words": func(r *rand.Rand, i int) [2]string {
		return [2]string{[]string{"M", "m", "male", "Male "}[r.IntN(4)], "male"}
	},
	"addresses": func(r *rand.Rand, i int) [2]string {
		text := strings.Repeat("x", r.IntN(12)) + strings.Repeat(" ", r.IntN(2)) + strings.Repeat("7", r.IntN(12)) + strings.Repeat("y", r.IntN(12)) + "-"
		return [2]string{text, text}
	},
	"noise": func(r *rand.Rand, i int) [2]string {
		text := make([]byte, 1+r.IntN(30))
		for k := range text {
			text[k] = "a1 -_/.:;"[r.IntN(9)]
		}
		return [2]string{string(text), string(text)}
	},
}

func TestAProfileDependsOnTheValuesAlone(t *testing.T) {
	for name, cell := range columns {
		for _, show := range []Show{Shapes, Words, Numbers, Years} {
			random := rand.New(rand.NewPCG(7, uint64(show)))
			var all [][2]string
			for i := range 9000 {
				all = append(all, cell(random, i))
			}
			want := summaryOf(show, all, random)
			for range 4 {
				if got := summaryOf(show, all, random); !reflect.DeepEqual(got, want) {
					t.Errorf("%s, %d: %+v\nand %+v", name, show, got, want)
				}
			}
		}
	}
}

// The levels are the finest at which a column has no more than 2,000 kinds, and the counts are those of all values.
func TestTalliesGetCoarserAndStayExact(t *testing.T) {
	for n, want := range map[int]Detail{keysMost: DetailShape, keysMost + 1: DetailRuns} {
		c := New(Shapes)
		for i := range n {
			text := strings.Repeat("x", 1+i%13) + "-" + strings.Repeat("1", 1+i/13%13) + "-" + strings.Repeat("x", 1+i/169)
			c.Add(value(text, text), nil)
		}
		s := c.Summary()
		if n := int64(n); s.Values != n || s.Distinct != n || s.Detail != want {
			t.Errorf("%d: %+v", n, s)
		}
	}
	c, marks := New(Shapes), "-/_.:#%"
	for i := range 3000 {
		text := ""
		for ; i > 0; i /= len(marks) {
			text += marks[i%len(marks):][:1] + "~"
		}
		c.Add(value(text+"~", text+"~"), nil)
	}
	if s := c.Summary(); s.Detail != DetailClasses || len(s.Shapes) != 1 || s.Shapes[0] != (Count{"*", 3000}) {
		t.Errorf("%+v", s)
	}
}

func TestDistinct(t *testing.T) {
	for n, exact := range map[int]bool{0: true, 1: true, 5: true, distinctMost: true, distinctMost + 1: false, 300_000: false} {
		var d distinct
		for i := range n {
			h := xxh3.HashString(fmt.Sprint("value ", i))
			d.add(h)
			if i%3 == 0 {
				d.add(h)
			}
		}
		got, approximate := d.count()
		if approximate == exact || exact && got != int64(n) {
			t.Errorf("%d: %d, approximate %v", n, got, approximate)
		}
		if off := math.Abs(float64(got)-float64(n)) / max(1, float64(n)); off > 0.03 {
			t.Errorf("%d: %d is off by %.1f %%", n, got, 100*off)
		}
	}
	var zero distinct
	zero.add(0)
	zero.add(0)
	if n, _ := zero.count(); n != 1 {
		t.Errorf("%d", n)
	}
}

func TestDistinctHashesMerge(t *testing.T) {
	for _, n := range []int{10, 60_000, 90_000, 150_000} {
		var one, a, b distinct
		for i := range n {
			h := xxh3.HashString(fmt.Sprint(i))
			one.add(h)
			if i%10 < 7 {
				a.add(h)
			}
			if i%10 > 4 {
				b.add(h)
			}
		}
		a.merge(&b)
		if want, wantEstimate := one.count(); true {
			if got, estimate := a.count(); got != want || estimate != wantEstimate {
				t.Errorf("%d: %d, in one %d", n, got, want)
			}
		}
	}
}

func TestBounds(t *testing.T) {
	for _, c := range []struct {
		show      Show
		all       string
		low, high string
	}{
		{Numbers, "4.0 -1.5 10 9.99 abc 1e9 0x10 NaN Inf 1. .5", "-1.5", "10"},
		{Numbers, "1.0 1 1.00", "1", "1.00"},
		{Numbers, "abc", "", ""},
		{Years, "1990-05-01 2001 1989-12 2020-01-01T10:00:00 19900501 x 198", "1989", "2020"},
		{Shapes, "1 2", "", ""}, {Words, "1 2", "", ""},
	} {
		column := New(c.show)
		for range fewest {
			for text := range strings.FieldsSeq(c.all) {
				column.Add(value(text, text), nil)
			}
		}
		if s := column.Summary(); s.Low != c.low || s.High != c.high {
			t.Errorf("%s: %q to %q, want %q to %q", c.all, s.Low, s.High, c.low, c.high)
		}
	}
}

// Of few values the least and the greatest would be somebody's own.
func TestBoundsOfFewAreNotTold(t *testing.T) {
	column := New(Numbers)
	for n := range fewest {
		if s := column.Summary(); s.Low != "" || s.High != "" {
			t.Errorf("%d values: %q to %q", n, s.Low, s.High)
		}
		column.Add(value("7", "7"), nil)
	}
	if s := column.Summary(); s.Low != "7" || s.High != "7" {
		t.Errorf("%d values: %q to %q", fewest, s.Low, s.High)
	}
}

// What a rule kept, or another field's rule wrote, is told by its shape alone.
func TestOnlyWhatARuleReadIsTold(t *testing.T) {
	c := New(Words)
	c.Add(&record.Value{Text: []byte("Smith"), Outcome: record.Kept, Findings: somethingSaid}, []byte("Smith"))
	c.Add(&record.Value{Text: []byte("male"), Outcome: record.Changed}, []byte("Jones"))
	c.Add(value("M", "male"), []byte("M"))
	want := Summary{Values: 3, Distinct: 2, Detail: DetailShape, Shapes: []Count{{"AAAA", 2}, {"AAAAA", 1}}, Words: []Count{{"male", 2}},
		Changes: []Change{{"M", "male", 1}}, ChangeDetail: DetailValue}
	if got := c.Summary(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	n := New(Numbers)
	n.Add(&record.Value{Text: []byte("123456789"), Outcome: record.Kept}, nil)
	if s := n.Summary(); s.High != "" {
		t.Errorf("%+v", s)
	}
}

// Values that are not remembered pay for themselves, and must not allocate.
func BenchmarkUnremembered(b *testing.B) {
	c := New(Years)
	random := rand.New(rand.NewPCG(1, 1))
	var all [][2]string
	for range 1 << 16 {
		m := random.IntN(1 << 20)
		all = append(all, [2]string{fmt.Sprintf("%02d/%02d/2024 %02d:%02d PM", m%12+1, m>>4%28+1, m>>9%12, m>>13%60),
			fmt.Sprintf("2024-%02d-%02dT%02d:%02d:00", m%12+1, m>>4%28+1, m>>9%12+12, m>>13%60)})
	}
	values := make([]*record.Value, len(all))
	raws := make([][]byte, len(all))
	for i, pair := range all {
		values[i], raws[i] = value(pair[0], pair[1]), []byte(pair[0])
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Add(values[i%len(values)], raws[i%len(raws)])
	}
}

func BenchmarkRemembered(b *testing.B) {
	c, v := New(Words), value("M", "male")
	v.Remembered = true
	raw := []byte("M")
	b.ReportAllocs()
	for b.Loop() {
		c.Add(v, raw)
	}
}
