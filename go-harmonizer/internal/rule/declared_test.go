package rule

import (
	"strings"
	"testing"
)

// declaredColumn makes a column that passes through with a declared type, under a name that is that of some field's rule.
func declaredColumn(t testing.TB, d Declared, entity string) *Column {
	t.Helper()
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	c := column(t, "generic", "value", nil)
	c.Entity, c.PassThrough, c.Declared, c.Type = entity, true, &d, d.Kind.Type()
	return c
}

// openDeclared is open for a declared column.
func openDeclared(t testing.TB, c *Column, weigh ...string) *bench {
	t.Helper()
	b := &bench{t: t, chain: Chain{Column: c, Standardizer: c.Declared.Chain()}}
	if len(weigh) > 0 && !c.Harmonized {
		b.weigh(weigh)
	}
	b.eval = NewEvaluator(b.chain, Hygiene(), NewCounters(), false)
	return b
}

var declaredKinds = map[string]Declared{
	"text": {Kind: TextKind, Missing: []string{"none", "k. A."}}, "id": {Kind: IDKind}, "bool": {Kind: BoolKind},
	"number": {Kind: NumberKind, Strip: []string{"oz", "oz.", "oz. Alumi-Tek", "$", "%", "µg", "m2", "H2"}, Missing: []string{"-7"}},
	"comma":  {Kind: NumberKind, Strip: []string{"EUR"}, DecimalMark: ','},
	"count":  {Kind: CountKind, Strip: []string{"pcs"}},
	"mdy":    {Kind: DateKind, DateOrder: MonthFirst}, "dmy": {Kind: DatetimeKind, DateOrder: DayFirst}, "date": {Kind: DateKind},
	"enum":  {Kind: EnumKind, Words: map[string][]string{"red": {"r", "rd"}, "none": {"-"}, "Dark Red": nil}, Missing: []string{"pink"}},
	"icd10": {Kind: CodeKind, System: "ICD-10-CM"}, "icd9": {Kind: CodeKind, System: "ICD-9-CM"}, "loinc": {Kind: CodeKind, System: "LOINC"},
	"snomed": {Kind: CodeKind, System: "SNOMED"}, "rx": {Kind: CodeKind, System: "RxNorm"}, "ndc": {Kind: CodeKind, System: "NDC"},
	"npi": {Kind: CodeKind, System: "NPI"}, "ucum": {Kind: CodeKind, System: "UCUM"},
}

func TestDeclared(t *testing.T) {
	for _, test := range []struct{ kind, text, want string }{
		{"text", " a  b ", "a b I"}, {"text", "None", "null I unknown"}, {"text", "K.  a.", "null I unknown"}, {"text", "pending", "pending"},
		{"text", "unknown", "unknown"}, {"id", "0012", "0012"}, {"id", "12.0", "12 W"}, {"id", "1.2E+11", "1.2E+11 kept E"}, {"id", "unknown", "null I unknown"},
		{"number", "12.0 oz.", "12.0 I"}, {"number", "12.0OZ", "12.0 I"}, {"number", "12 oz.Alumi-Tek", "12 I"}, {"number", "5 %", "5 I"},
		{"number", "$ 3", "3 I"}, {"number", "-$3", "-3 I"}, {"number", "$-3", "-3 I"}, {"number", "$ 3 %", "3 I"}, {"number", "− 3", "- 3 kept E"},
		{"number", "-$ -3", "-$ -3 kept E"}, {"number", "5 μg", "5 I"}, {"number", "5 µg", "5 I"}, {"number", "5 m²", "5 I"}, {"number", "5 m2", "5 I"},
		{"number", "H2 7", "7 I"}, {"number", "H27", "H27 kept E"}, {"number", "7", "7"}, {"number", "+7", "7 I"}, {"number", "oz", "oz kept E"},
		{"number", "$", "$ kept E"}, {"number", "5 oz oz", "5 oz oz kept E"}, {"number", "5 ounces", "5 ounces kept E"}, {"number", "<5", "<5 kept E"},
		{"number", "1 5", "1 5 kept E"}, {"number", "-7 oz", "null I unknown"}, {"number", "-7", "null I unknown"}, {"number", "pending", "null I temp-unknown"},
		{"number", "1,5", "1.5 W"}, {"number", "1,500 oz", "1500 W"}, {"number", "-9", "-9"}, {"number", "(3)", "(3) kept E"},
		{"comma", "1.234,5 eur", "1234.5 I"}, {"comma", "1,5", "1.5 I"}, {"comma", "eur 7", "7 I"}, {"comma", "1.5", "1.5 kept E"},
		{"count", "3 pcs", "3 I"}, {"count", "2.5", "2.5 E"}, {"count", "-3", "-3 E"}, {"count", "-9", "null W unknown"}, {"count", "99", "99"}, {"count", "4.0", "4.0"},
		{"mdy", "03/04/2024", "2024-03-04 I"}, {"mdy", "25/04/2024", "2024-04-25 W"}, {"mdy", "2024-03-04 10:00", "2024-03-04 W"}, {"mdy", "soon", "soon kept E"},
		{"dmy", "03/04/2024 8:15", "2024-04-03T08:15:00 I"}, {"dmy", "3/4/99", "1999-04-03 I"}, {"dmy", "2099-01-01", "2099-01-01"}, {"dmy", "1900-01-01", "null W unknown"},
		{"date", "03/04/2024", "03/04/2024 kept E"}, {"date", "2023-02-29", "2023-02-29 kept E"}, {"date", "tbd", "null I unknown"},
		{"bool", "Y", "true I"}, {"bool", "expired", "true I"}, {"bool", "maybe", "maybe kept E"}, {"bool", "u", "null I unknown"},
		{"enum", "R D", "red I"}, {"enum", "RED", "red I"}, {"enum", "none", "none"}, {"enum", "-", "none I"}, {"enum", "dark-red", "Dark Red I"}, {"enum", "Dark Red", "Dark Red"},
		{"enum", "blue", "blue kept E"}, {"enum", "Pink", "null I unknown"}, {"enum", "n/a", "null I unknown"}, {"enum", "unknown", "null I unknown"},
		{"icd10", "e119", "E11.9 I"}, {"icd10", "4019", "4019 kept E"}, {"icd9", "4019", "401.9 I"}, {"icd9", "e8889", "E888.9 I"}, {"loinc", "23457", "2345-7 W"},
		{"snomed", "38341003", "38341003"}, {"snomed", "38341004", "38341004 kept E"}, {"rx", "rxnorm:314076", "314076 I"}, {"ndc", "0574-4072-05", "00574407205 I"},
		{"npi", "1234567893", "1234567893"}, {"npi", "1234567890", "1234567890 kept E"}, {"ucum", "mg/dl", "mg/dL I"}, {"ucum", "furlongs", "furlongs kept E"},
	} {
		for _, entity := range []string{"generic", "patient", "lab_result"} {
			c := declaredColumn(t, declaredKinds[test.kind], entity)
			if got := openDeclared(t, c).run(test.text).String(); got != test.want {
				t.Errorf("%s %q in %s: %s, want %s", test.kind, test.text, entity, got, test.want)
			}
		}
	}
}

func TestDeclaredNumbersWeighWhatIsLeft(t *testing.T) {
	litres := Declared{Kind: NumberKind, Strip: []string{"l", "ca."}}
	for _, test := range []struct{ weigh, text, want string }{
		{"5,4 l|1,234 l", "1,234 l", "1.234 W"}, {"ca. 5,4 L|x", "1,234", "1.234 W"}, {"5.4 l", "1,234 l", "1234 I"},
		{"5,4 l|5.4 l", "1,234 l", "1,234 l kept E"}, {"5,4 kg", "1,234 l", "1234 W"},
	} {
		c := declaredColumn(t, litres, "generic")
		if got := openDeclared(t, c, strings.Split(test.weigh, "|")...).run(test.text).String(); got != test.want {
			t.Errorf("%s: %q: %s, want %s", test.weigh, test.text, got, test.want)
		}
	}
	given := declaredColumn(t, Declared{Kind: NumberKind, DecimalMark: '.'}, "generic")
	given.Params.DecimalMark = ','
	if got := openDeclared(t, given, "5,4").run("1,234").String(); got != "1234 I" {
		t.Errorf("the mark of the column is not above that of the job: %s", got)
	}
}

func TestDeclarationsThatContradictThemselves(t *testing.T) {
	for name, d := range map[string]Declared{
		"no kind": {}, "strip of text": {Kind: TextKind, Strip: []string{"x"}}, "mark of date": {Kind: DateKind, DecimalMark: ','},
		"order of number": {Kind: NumberKind, DateOrder: DayFirst}, "system of id": {Kind: IDKind, System: "LOINC"}, "no system": {Kind: CodeKind},
		"unknown system": {Kind: CodeKind, System: "ICD-11"}, "no words": {Kind: EnumKind}, "words of bool": {Kind: BoolKind, Words: map[string][]string{"a": nil}},
		"blank strip": {Kind: NumberKind, Strip: []string{" "}}, "digits to strip": {Kind: NumberKind, Strip: []string{"12"}},
		"blank missing": {Kind: TextKind, Missing: []string{" "}}, "two tokens": {Kind: EnumKind, Words: map[string][]string{"a": {"x-y"}, "b": {"XY"}}},
		"token of another": {Kind: EnumKind, Words: map[string][]string{"a": {"B"}, "b": nil}}, "blank token": {Kind: EnumKind, Words: map[string][]string{"": nil}},
		"blank word": {Kind: EnumKind, Words: map[string][]string{"a": {""}}}, "missing word": {Kind: EnumKind, Words: map[string][]string{"a": {"b"}}, Missing: []string{"B"}},
		"token with a space": {Kind: EnumKind, Words: map[string][]string{" a": nil}},
	} {
		if d.Check() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// FuzzDeclaredTwice holds rule 0.10 for one cell: what a harmonized file has of it stays, with the same verdict.
func FuzzDeclaredTwice(f *testing.F) {
	for _, text := range []string{"12.0 oz.", "$ -3", "1.234,5 EUR", "1,5", "-7 oz", "03/04/2024", "3/4/99 8 PM", "R D", "dark-red", "e119", "23457",
		"0574-4072-05", "mg/dl", "G/L", "12.0", "1900-01-01", "unknown", "k. a.", "１２ oz", "５％", "²", "- 5", ".5 oz", "5e3%", "00:00", "1 2", "\u00b5g"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, d := range declaredKinds {
			first := openDeclared(t, declaredColumn(t, d, "generic")).run(text)
			c := declaredColumn(t, d, "generic")
			c.Harmonized = true
			second := openDeclared(t, c).run(first.Text)
			if second.Text != first.Text {
				t.Errorf("%s %q: %q, then %q", name, text, first.Text, second.Text)
			}
			// A point under a decimal comma is kept the first time, and then looks like what was read (rule 0.10).
			if isE := first.Severity == "E"; isE != (second.Severity == "E") && !first.Null && d.DecimalMark == 0 {
				t.Errorf("%s %q: %s, then %s", name, text, first, second)
			}
		}
	})
}

func BenchmarkDeclaredNumbers(b *testing.B) {
	c := declaredColumn(b, declaredKinds["number"], "generic")
	e := openDeclared(b, c)
	texts := [][]byte{[]byte("12.0"), []byte("12.0 oz."), []byte("16 OZ"), []byte("$ 3"), []byte("a pint")}
	b.ReportAllocs()
	for i := range b.N {
		if i%1024 == 0 {
			e.arena.Reset()
		}
		e.eval.Eval(texts[i%len(texts)], nil, nil, &e.arena)
	}
}
