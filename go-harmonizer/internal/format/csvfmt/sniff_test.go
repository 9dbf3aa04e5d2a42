package csvfmt

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func number(n int) *int  { return &n }
func truth(b bool) *bool { return &b }

// known maps the names that the rule book's examples take for known ones.
func known(row []string) bool {
	return slices.ContainsFunc(row, func(cell string) bool { return slices.Contains([]string{"id", "name", "patient_id"}, cell) })
}

func TestSniff(t *testing.T) {
	for name, c := range map[string]struct {
		text     string
		o        Options
		want     Dialect
		warnings []string
	}{
		"comma":     {"a,b\n1,2\n", Options{}, Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"a", "b"}, DataOffset: 4, DataLine: 2}, nil},
		"semicolon": {"a;b\n1;2\n", Options{}, Dialect{Delimiter: ';', Header: true, HeaderRow: []string{"a", "b"}, DataOffset: 4, DataLine: 2}, []string{"STD-CSV-1"}},
		"tab":       {"a\tb\n1\t2\n", Options{}, Dialect{Delimiter: '\t', Header: true, HeaderRow: []string{"a", "b"}, DataOffset: 4, DataLine: 2}, []string{"STD-CSV-1"}},
		"bar":       {"a|b\n1|2\n", Options{}, Dialect{Delimiter: '|', Header: true, HeaderRow: []string{"a", "b"}, DataOffset: 4, DataLine: 2}, []string{"STD-CSV-1"}},
		"decimal commas": {"a;b\n1,5;2\n2,5;3\n", Options{}, Dialect{Delimiter: ';', Header: true, HeaderRow: []string{"a", "b"}, DataOffset: 4, DataLine: 2},
			[]string{"STD-CSV-1"}},
		"one column":      {"id\n7\n8\n", Options{Maps: known}, Dialect{Header: true, HeaderRow: []string{"id"}, DataOffset: 3, DataLine: 2}, nil},
		"commas in prose": {"note\nwell, then\nfoo\nbar\n", Options{}, Dialect{Header: true, HeaderRow: []string{"note"}, DataOffset: 5, DataLine: 2}, nil},
		"forced delimiter": {"a,b;c\n1,2;3\n", Options{Delimiter: ';'},
			Dialect{Delimiter: ';', Header: true, HeaderRow: []string{"a,b", "c"}, DataOffset: 6, DataLine: 2}, nil},
		"ragged": {"a,b,c,d\n1,2,3\n", Options{}, Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"a", "b", "c", "d"}, DataOffset: 8, DataLine: 2}, nil},
		"header only, no line end": {"id,name", Options{Maps: known},
			Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"id", "name"}, DataOffset: 7, DataLine: 1}, nil},
		"quoted header": {"\"a\n\"\"x\"\"\",b\r\n1,2\r\n", Options{},
			Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"a\n\"x\"", "b"}, DataOffset: 13, DataLine: 3}, nil},
		"lone CR": {"a,b\r1,2\r", Options{}, Dialect{Delimiter: ',', LineCR: true, Header: true, HeaderRow: []string{"a", "b"}, DataOffset: 4, DataLine: 2},
			[]string{"STD-CSV-1"}},
		"preamble": {"Report of 2024-03-01\nid,name\n1,Ann\n", Options{Maps: known}, Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"id", "name"},
			Preamble: []string{"Report of 2024-03-01"}, DataOffset: 29, DataLine: 3}, []string{"STD-CSV-2"}},
		"preamble and blank lines": {"\nReport\n\nx;y\n1;2\n2;3\n", Options{}, Dialect{Delimiter: ';', Header: true, HeaderRow: []string{"x", "y"},
			Preamble: []string{"Report"}, Blank: 2, DataOffset: 13, DataLine: 5}, []string{"STD-CSV-1", "STD-CSV-2"}},
		"no header": {"1,Ann\n2,Bob\n3,Eve\n", Options{Maps: known},
			Dialect{Delimiter: ',', HeaderRow: []string{"column_1", "column_2"}, DataLine: 1}, []string{"STD-CSV-2"}},
		"no header, but a name that maps": {"id,100\n1,200\n2,300\n", Options{Maps: known},
			Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"id", "100"}, DataOffset: 7, DataLine: 2}, nil},
		"years as names": {"site,2019,2020\na,1,2\nb,1,2\n", Options{},
			Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"site", "2019", "2020"}, DataOffset: 15, DataLine: 2}, nil},
		"skip_rows 0 and header": {"1,Ann\n2,Bob\n", Options{SkipRows: number(0), Header: truth(true)},
			Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"1", "Ann"}, DataOffset: 6, DataLine: 2}, nil},
		"skip_rows 0 keeps a preamble": {"Report\nx,y\n1,2\n", Options{SkipRows: number(0), Header: truth(true)},
			Dialect{Header: true, HeaderRow: []string{"Report"}, DataOffset: 7, DataLine: 2}, nil},
		"skip_rows counts blank lines": {"Report\n\nx,y\n1,a\n", Options{SkipRows: number(2)}, Dialect{Delimiter: ',', Header: true,
			HeaderRow: []string{"x", "y"}, Preamble: []string{"Report"}, Blank: 1, DataOffset: 12, DataLine: 4}, nil},
		"header false": {"a,b\nc,d\n", Options{Header: truth(false)}, Dialect{Delimiter: ',', HeaderRow: []string{"column_1", "column_2"}, DataLine: 1}, nil},
		"NUL bytes":    {"a,b\n1\x00,2\n", Options{}, Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"a", "b"}, DataOffset: 4, DataLine: 2}, nil},
		"code page":    {"Gr\xf6\xdfe,b\n1,2\n", Options{}, Dialect{Delimiter: ',', Header: true, HeaderRow: []string{"Gr\xf6\xdfe", "b"}, DataOffset: 8, DataLine: 2}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d, notes, err := Sniff([]byte(c.text), true, c.o)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprintf("%#v", d), fmt.Sprintf("%#v", c.want); got != want {
				t.Fatalf("got  %s\nwant %s", got, want)
			}
			var warnings []string
			for _, n := range notes {
				if n.Severity == record.Warning {
					warnings = append(warnings, n.Rule)
				}
			}
			if !slices.Equal(warnings, c.warnings) {
				t.Fatalf("warnings %v, want %v", notes, c.warnings)
			}
		})
	}
}

func TestSniffRefuses(t *testing.T) {
	wide := strings.Repeat("x,", 20_000) + "x\n"
	for name, c := range map[string]struct {
		text   string
		o      Options
		kind   fault.Kind
		reason string
		line   int64
	}{
		"empty":              {"", Options{}, fault.Invalid, "EMPTY_FILE", 1},
		"blank":              {" \n\t\n\r\n", Options{}, fault.Invalid, "EMPTY_FILE", 1},
		"all skipped":        {"a,b\n1,2\n", Options{SkipRows: number(5)}, fault.Invalid, "NO_HEADER", 1},
		"unclosed in header": {"x\n\"a,b\n1,2\n", Options{SkipRows: number(1)}, fault.Invalid, "UNCLOSED_QUOTE", 2},
		"text after quote":   {"\"a\" x,b\n1,2\n", Options{}, fault.Invalid, "BROKEN_HEADER", 1},
		"too many columns":   {wide, Options{}, fault.Exhausted, "TOO_MANY_COLUMNS", 1},
		"quote delimiter":    {"a\n", Options{Delimiter: '"'}, fault.Invalid, "BAD_DELIMITER", 0},
		"endless header":     {strings.Repeat("x", MaxHead+1), Options{}, fault.Exhausted, "RECORD_TOO_LONG", 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Sniff([]byte(c.text), true, c.o)
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != c.kind || f.Reason != c.reason || f.Line != c.line {
				t.Fatalf("%+v, want %s on line %d", err, c.reason, c.line)
			}
			if c.kind == fault.Exhausted && f.Bound == "" {
				t.Fatal("the bound has no setting")
			}
		})
	}
}

func TestTenThousandColumns(t *testing.T) {
	line := strings.Repeat("7,", 9_999) + "7\n"
	text := strings.ReplaceAll(line, "7", "name") + line + line
	d, _, err := Sniff([]byte(text), true, Options{})
	if err != nil || len(d.HeaderRow) != 10_000 {
		t.Fatal(len(d.HeaderRow), err)
	}
	b := &record.Batch{}
	if err := NewParser(d, len(d.HeaderRow), 0).Parse([]byte(text[d.DataOffset:]), b); err != nil || b.Rows != 2 {
		t.Fatal(b.Rows, err)
	}
	if got := string(b.Cell(9_999, 1)); got != "7" {
		t.Fatalf("last cell %q", got)
	}
}

// grow sniffs as a caller does who has only so many bytes at first.
func grow(t testing.TB, text string, first int, o Options) string {
	for n := first; ; n *= 2 {
		n = min(n, len(text))
		d, notes, err := Sniff([]byte(text[:n]), n == len(text), o)
		if errors.Is(err, ErrMore) {
			if n == len(text) || n >= MaxHead {
				t.Fatalf("more than %d bytes wanted of %d", n, len(text))
			}
			continue
		}
		return fmt.Sprintf("%#v %v %v", d, notes, err)
	}
}

func TestSniffDoesNotDependOnTheHead(t *testing.T) {
	body := strings.Repeat("1;\"x\"\"y\",z\n", 20_000)
	for name, text := range map[string]string{
		"plain":            "a;b\n" + body,
		"long preamble":    strings.Repeat("Report, really\n", 45) + "a;b\n" + body,
		"wide header":      strings.Repeat("name,", 30_000) + "\n" + strings.Repeat(strings.Repeat("1,", 30_000)+"\n", 30),
		"a quote runs off": "a,b\n1,x;\"y\n" + strings.Repeat("1,2\n", 1_000_000),
		"huge header":      "\"" + strings.Repeat("x", 3<<20) + "\",b\n" + strings.Repeat("1,2\n", 1000),
		"lone CR":          "a,b\r" + strings.Repeat("1,2\r", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{MaxColumns: 40_000}
			want := grow(t, text, len(text), o)
			for _, first := range []int{1, 1000, 64 << 10, 100_000, 1 << 20, 5 << 20} {
				if got := grow(t, text, first, o); got != want {
					t.Fatalf("from %d bytes %.300s\nfrom all %.300s", first, got, want)
				}
			}
		})
	}
}

func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "Report\nid;x\n1;2\n", "\"a\r\rb", "\x00,\n\n|", "1,Ann\n2,Bob\n"} {
		f.Add(seed, byte(0), -1)
	}
	f.Fuzz(func(t *testing.T, text string, delimiter byte, skip int) {
		o := Options{Delimiter: delimiter, Maps: known}
		if skip >= 0 {
			o.SkipRows = &skip
		}
		d, _, err := Sniff([]byte(text), true, o)
		if err != nil {
			var classified *fault.Error
			if !errors.As(err, &classified) || classified.Kind == fault.Internal {
				t.Fatalf("unclassified: %v", err)
			}
			return
		}
		if len(d.HeaderRow) == 0 || d.DataOffset < 0 || d.DataOffset > int64(len(text)) {
			t.Fatalf("%+v", d)
		}
		if line := lineNumber(text[:d.DataOffset], d.LineCR); line != d.DataLine {
			t.Fatalf("data on line %d, not %d", d.DataLine, line)
		}
	})
}
