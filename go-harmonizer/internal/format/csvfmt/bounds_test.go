package csvfmt

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stream feeds text to a Splitter in pieces of n bytes.
func stream(d Dialect, limit int64, text string, n int) error {
	s := NewSplitter(d, limit)
	for len(text) > 0 {
		k := min(n, len(text))
		if _, err := s.Scan([]byte(text[:k])); err != nil {
			return err
		}
		text = text[k:]
	}
	return s.Finish()
}

func placed(t *testing.T, err error, kind fault.Kind, reason string, line, offset int64, setting string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Reason != reason || f.Line != line || f.Byte != offset || f.Bound != setting {
		t.Fatalf("%+v, want %s on line %d, byte %d", err, reason, line, offset)
	}
}

func TestUnclosedQuoteIsPlaced(t *testing.T) {
	for name, c := range map[string]struct {
		text         string
		d            Dialect
		line, offset int64
	}{
		"first byte":       {"\"a,b\n1,2\n", Dialect{Delimiter: ','}, 1, 0},
		"third line":       {"a,b\r\n\"x\ny\",2\r\n3,\"zz\n", Dialect{Delimiter: ','}, 4, 16},
		"doubled at end":   {"a\n\"x\"\"", Dialect{}, 2, 2},
		"lone CR":          {"a\r\"x\ry", Dialect{LineCR: true}, 2, 2},
		"behind a header":  {"a,b\n1,\"x\n", Dialect{Delimiter: ',', DataOffset: 100, DataLine: 7}, 8, 106},
		"last byte":        {"a,b\n1,\"", Dialect{Delimiter: ','}, 2, 6},
		"later one closes": {"a,\"b\"\n\"c\",\"d\n", Dialect{Delimiter: ','}, 2, 10},
	} {
		t.Run(name, func(t *testing.T) {
			for n := 1; n <= len(c.text); n++ {
				placed(t, stream(c.d, 0, c.text, n), fault.Invalid, "UNCLOSED_QUOTE", c.line, c.offset, "")
			}
		})
	}
}

func TestLongRecordIsPlaced(t *testing.T) {
	head := "a,b\n\"1\n\",2\n"
	for _, d := range []Dialect{{Delimiter: ','}, {Delimiter: ',', LineCR: true}} {
		for n := 1; n < 120; n++ {
			if err := stream(d, 50, head+strings.Repeat("x", 50)+"\ny,z\n"+strings.Repeat("w", 50), n); err != nil {
				t.Fatalf("pieces of %d: %v", n, err)
			}
			err := stream(d, 50, head+strings.Repeat("x", 51)+"\ny,z\n", n)
			placed(t, err, fault.Exhausted, "RECORD_TOO_LONG", 4, 11, MaxRecordSetting)
		}
	}
}

func TestLongFieldIsPlaced(t *testing.T) {
	p, b := NewParser(Dialect{Delimiter: ','}, 2, 10), &record.Batch{}
	if err := p.Parse([]byte("aaaaaaaaaa,bbbbbbbbbb\n"), b); err != nil {
		t.Fatal(err)
	}
	err := p.Parse([]byte("a,b\nc,ddddddddddd\n"), b)
	placed(t, err, fault.Exhausted, "FIELD_TOO_LONG", 2, 4, MaxFieldSetting)
	err = p.Parse([]byte("a,b\nc,\"d\n"), b)
	placed(t, err, fault.Invalid, "UNCLOSED_QUOTE", 2, 6, "")
}

func TestBatchIsReused(t *testing.T) {
	b := &record.Batch{}
	for range 3 {
		for columns := 1; columns < 4; columns++ {
			text := strings.Repeat(strings.Repeat("\"a\"\"b\",", columns-1)+"c\r\n\r\nx,x,x,x\r\n", 200)
			if err := NewParser(Dialect{Delimiter: ','}, columns, 0).Parse([]byte(text), b); err != nil {
				t.Fatal(err)
			}
			if b.Rows != 200 || len(b.Broken) != 200 || b.Blank != 200 || len(b.Cells) != columns || b.Index[199] != 398 {
				t.Fatalf("%d rows, %d broken, %d blank, %d columns", b.Rows, len(b.Broken), b.Blank, len(b.Cells))
			}
			if got := string(b.Cell(columns-1, 199)); got != "c" || b.Broken[0].Reason != TooManyFields {
				t.Fatal(got, b.Broken[0].Reason)
			}
		}
	}
}

// Quoted cells come off before anything is allocated a cell: a second pass over a batch allocates nothing.
func TestNothingIsAllocated(t *testing.T) {
	text, b, p := labs(500, `"`), &record.Batch{}, NewParser(Dialect{Delimiter: ','}, 8, 0)
	if n := testing.AllocsPerRun(20, func() {
		if err := p.Parse(text, b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",c\r\n\"x\" y,1\n", "a\rb\r\n\rc\r", "\"\n\"\n\n", "\"a", ",,\n\t\n"} {
		f.Add(seed, uint8(0), uint8(2))
	}
	b := &record.Batch{}
	f.Fuzz(func(t *testing.T, text string, dialect, columns uint8) {
		d := dialects[int(dialect)%len(dialects)]
		expected, blank, open := reference(text, d.Delimiter, d.LineCR)
		if open >= 0 {
			if err := NewParser(d, int(columns), 0).Parse([]byte(text), b); fault.KindOf(err) != fault.Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if rest, n := checkSegment(t, d, int(columns), text, b, expected); len(rest) > 0 || n != blank {
			t.Fatalf("%d records missing, %d blank lines, want %d, in %q", len(rest), n, blank, text)
		}
	})
}
