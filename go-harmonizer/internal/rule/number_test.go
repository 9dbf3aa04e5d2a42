package rule

import (
	"bytes"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	check(t, "lab_result", "reference_low", nil, []example{
		{in: "1,234.5", want: "1234.5 I"},
		{in: ".5", want: "0.5 I"},
		{in: "-.5", want: "-0.5 I"},
		{in: "1e3", want: "1000 I"},
		{in: "1.50E1", want: "15.0 I"},
		{in: "12.34e-4", want: "0.001234 I"},
		{in: "1,234e2", want: "123400 W"},
		{in: "0.05e1", want: "0.5 I"},
		{in: "0e0", want: "0 I"},
		{in: "4.0", want: "4.0"},
		{in: "007", want: "007"},
		{in: "+5.2", want: "5.2 I"},
		{in: "-0", want: "0 I"},
		{in: "-0.00", want: "0.00 I"},
		{in: "−5", want: "-5 I"},
		{in: "12..3", want: "12..3 kept E"},
		{in: "(5)", want: "(5) kept E"},
		{in: "5.", want: "5. kept E"},
		{in: "<5", want: "<5 kept E"},
		{in: "5 mg", want: "5 mg kept E"},
		{in: "1e", want: "1e kept E"},
		{in: "1e1234", want: "1e1234 kept E"},
		{in: "1,23,456", want: "1,23,456 kept E"},
	})
}

func TestDecimalComma(t *testing.T) {
	for _, e := range []struct{ name, mark, in, want string }{
		{"comma", "", "5,4|1,234|7|2.500,5|1.234|1234,567|1,234,567", "5.4 W|1.234 W|7|2500.5 W|1234 W|1234.567 W|1,234,567 kept E"},
		{"point", "", "1,234|2,500.5|1234,567|1.234", "1234 I|2500.5 I|1234,567 kept E|1.234"},
		{"both", "", "5,4|1,000.5|1,234|1,234,567|2.345", "5.4 W|1000.5 I|1,234 kept E|1234567 I|2.345"},
		{"unproved", "", "1,234|1.234|1,234,567|-1,234|1.234.567", "1234 W|1.234|1234567 I|-1234 W|1.234.567 kept E"},
		{"four places", "", "0,1234|1,234", "0.1234 W|1.234 W"},
		{"comma given", ",", "1,234|5.4|1.234|5,4|1,234.5", "1.234 I|5.4 kept E|1234 I|5.4 I|1,234.5 kept E"},
		{"point given", ".", "5,4|1,234|5.4", "5,4 kept E|1234 I|5.4"},
	} {
		p := params(func(p *Params) {
			if e.mark != "" {
				p.DecimalMark = e.mark[0]
			}
		})
		var all []string
		for _, g := range runColumn(t, "lab_result", "reference_high", p, strings.Split(e.in, "|")...) {
			all = append(all, g.String())
			if g.Outcome == "kept" && !slices.Contains(g.Rules, "STD-NUM-3") {
				t.Errorf("%s: kept by %v", e.name, g.Rules)
			}
			if e.mark == "" { // what a given comma does not read is read the second time: decimal_mark is not applied
				again(t, "lab_result", "reference_high", p, g)
			}
		}
		if got := strings.Join(all, "|"); got != e.want {
			t.Errorf("%s:\ngot  %s\nwant %s", e.name, got, e.want)
		}
	}
}

func TestHarmonizedCommaStaysKept(t *testing.T) {
	c := column(t, "lab_result", "reference_low", params(func(p *Params) { p.DecimalMark = ',' }))
	c.Harmonized = true
	b := open(t, c)
	for in, want := range map[string]string{"1,234": "1,234 kept E", "5,4": "5,4 kept E", "5.4": "5.4", "1.234": "1.234", "12..3": "12..3 kept E"} {
		if g := b.run(in); g.String() != want {
			t.Errorf("%q: got %q, want %q", in, g, want)
		}
	}
}

func TestMarksSetSignsComparatorsAndUnitsAside(t *testing.T) {
	for in, want := range map[string]marks{
		"-5,4": {comma: 1}, "<5,4": {comma: 1}, "≥ 5,4": {comma: 1}, "5,4 mmol/L": {comma: 1}, "1.80 g": {point: 1},
		"05.12.2024": {}, "1,5-2,5": {}, "1.234": {}, "1,234": {}, "7": {}, "see 5,4": {}, "1.5e3": {point: 1}, ".5": {},
		"1,234,567": {}, "1.234,5": {comma: 1}, "1,234.5": {point: 1},
	} {
		m := new(marks)
		m.Add([]byte(in), 1)
		if *m != want {
			t.Errorf("%q: got %v, want %v", in, *m, want)
		}
	}
}

func TestLexNumber(t *testing.T) {
	for in, want := range map[string]string{
		"<0.5": "< 0.5 ", "≥ 1000": ">= 1000 ", "GT 200": "> 200 ", ">1,000": "> 1,000 ", "5.5 mmol/L": " 5.5 mmol/L",
		"less than 5": "< 5 ", "Up To 5": "<= 5 ", "=<5": "<= 5 ", "=>5": ">= 5 ", "=5": " 5 ", "EQ 5": " 5 ", "LE5": "<= 5 ",
		"37.0C": " 37.0 C", "5.5e3 U/L": " 5.5e3 U/L", "5e": " 5 e", "5 10*3/uL": " 5 10*3/uL", "5.": " 5 .", "<-5": "< -5 ",
		"+1": " +1 ", "12..3": " 12..3 ", "1 234": " 1 234",
	} {
		n, ok := lexNumber([]byte(in))
		if got := fmt.Sprintf("%s %s %s", n.comparator, n.number, n.tail); !ok || got != want {
			t.Errorf("%q: got %q %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "Negative", "<", "LT", "~5", "up to", "-", "+", ".", "lesser 5", "equal 5"} {
		if _, ok := lexNumber([]byte(in)); ok {
			t.Errorf("%q has a number", in)
		}
	}
}

func TestComparatorRangeApproximate(t *testing.T) {
	for in, want := range map[string]string{"LT": "<", "<=": "<=", "EQ": "", "ge": ">=", "≤": "<="} {
		if got, ok := comparatorOf([]byte(in)); !ok || got != want {
			t.Errorf("%q: got %q %v", in, got, ok)
		}
	}
	if _, ok := comparatorOf([]byte("LTE")); ok {
		t.Error("LTE is no comparator")
	}
	for in, want := range map[string]bool{"0-2": true, "0 - 2": true, "1.5-2,5": true, "-2-2": true, "5": false, "5-": false, "a-b": false, "1-2-3": false, "5-10 mg": false} {
		if isRange([]byte(in)) != want {
			t.Errorf("range %q: want %v", in, want)
		}
	}
	for in, want := range map[string]bool{"~5": true, "± 5": true, "approx 5": true, "Approx. 5": true, "approximately 5": true, "~": false, "5": false, "approximate": false} {
		if isApproximate([]byte(in)) != want {
			t.Errorf("approximate %q: want %v", in, want)
		}
	}
}

func TestCount(t *testing.T) {
	check(t, "medication", "refills", nil, []example{
		{in: "3", want: "3"}, {in: "-2", want: "-2 E"}, {in: "-1", want: "null W unknown"}, {in: "-9", want: "null W unknown"},
		{in: "999", want: "999"}, {in: "-99", want: "null W unknown"}, {in: "-99.9", want: "null W unknown"}, {in: "30.0", want: "30.0"},
	})
	check(t, "medication", "days_supply", nil, []example{{in: "30.5", want: "30.5 E"}, {in: "x", want: "x kept E"}})
	check(t, "medication", "quantity", nil, []example{{in: "30.5", want: "30.5"}, {in: "-3.5", want: "-3.5 E"}})
	check(t, "lab_result", "reference_low", nil, []example{{in: "-1", want: "-1"}, {in: "999", want: "999"}})
}

// FuzzNumbers holds the scanner to the expressions of the rule book, and the value to big.Rat.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"1,234.5", ".5", "1e3", "-0", "12..3", "1.234,56", "5,4", "1E-12", "<5", "1,234", "٣"} {
		f.Add(s)
	}
	accepted := regexp.MustCompile(`^([+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d{1,3})?|[+-]?\.\d+)$`)
	plainNumber := regexp.MustCompile(`^-?\d+(\.\d+)?$`)
	comma := regexp.MustCompile(`^[+-]?(\d+|\d{1,3}(\.\d{3})+),`)
	c := column(f, "lab_result", "reference_low", nil)
	c.Weigher = &marks{point: 1}
	b, hygiene := open(f, c), NewEvaluator(Chain{Column: c}, Hygiene(), NewCounters(), false)
	f.Fuzz(func(t *testing.T, text string) {
		if clean := hygiene.Eval([]byte(text), nil, nil, new(Arena)).Text; clean == nil || string(clean) != text || len(text) > 500 {
			return // hygiene has its own target
		}
		g := b.run(text)
		if again := b.run(g.Text); again.Text != g.Text {
			t.Fatalf("%q became %q and then %q", text, g.Text, again.Text)
		}
		byComma := comma.MatchString(text)
		switch {
		case g.Outcome == "kept":
			if accepted.MatchString(text) || g.Text != text {
				t.Fatalf("%q was kept as %q", text, g.Text)
			}
		case !plainNumber.MatchString(g.Text) || strings.HasPrefix(g.Text, "-0") && isZero([]byte(g.Text)):
			t.Fatalf("%q became %q", text, g.Text)
		case !accepted.MatchString(text) && !byComma && !(strings.HasPrefix(strings.TrimLeft(text, "+-"), ".") && strings.ContainsAny(text, "eE")):
			t.Fatalf("%q was read as %q", text, g.Text)
		default:
			want, ok := new(big.Rat).SetString(strings.ReplaceAll(text, ",", ""))
			if have, _ := new(big.Rat).SetString(g.Text); ok && !byComma && have.Cmp(want) != 0 {
				t.Fatalf("%q became %q", text, g.Text)
			}
		}
	})
}

func BenchmarkNumber(b *testing.B) {
	c := column(b, "lab_result", "reference_low", nil)
	c.Weigher = &marks{point: 1}
	for _, text := range []string{"12.5", "1,234.5", "140"} {
		b.Run(text, func(b *testing.B) {
			cell := &Cell{column: c, arena: new(Arena)}
			run, raw := numbers().Bind(c), []byte(text)
			b.ReportAllocs()
			for b.Loop() {
				cell.Text, cell.findings, cell.stopped = raw, cell.findings[:0], false
				cell.arena.Reset()
				run(cell)
			}
		})
	}
}

func TestNumberWithoutAllocation(t *testing.T) {
	room, reader := make([]byte, 0, 64), numberReader{markPoint}
	for _, text := range [][]byte{[]byte("12.5"), []byte("<1,234.5"), []byte("5.5 mmol/L")} {
		if n := testing.AllocsPerRun(50, func() {
			cut, _ := lexNumber(text)
			if r := reader.read(func(int) []byte { return room[:0] }, cut.number); bytes.ContainsAny(r.text, ",<") {
				t.Fatalf("%s", r.text)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}
