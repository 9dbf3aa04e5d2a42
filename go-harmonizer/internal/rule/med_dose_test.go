package rule

import (
	"fmt"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// doseOf writes what a dose was read as: low-high unit per denominator.
func doseOf(g got) string {
	d := g.Derived
	s := d["dose_value"]
	if d["dose_value_high"] != "" {
		s += "-" + d["dose_value_high"]
	}
	s += " " + d["dose_unit"]
	if d["dose_denominator_unit"] != "" {
		s += " per " + d["dose_denominator_value"] + " " + d["dose_denominator_unit"]
	}
	return strings.TrimSpace(s)
}

// TestDoses holds what doses are read as. The text stays; a second run reads the same.
func TestDoses(t *testing.T) {
	for _, e := range []struct{ in, want, dose string }{
		{"25mg", "25mg", "25 mg"}, {"1-2 tabs", "1-2 tabs", "1-2 {tablet}"}, {"250 mg/5 mL", "250 mg/5 mL", "250 mg per 5 mL"},
		{"100 mcg", "100 mcg", "100 ug"}, {"10 U", "10 U kept W", ""}, {"one tab", "one tab", "1 {tablet}"}, {"10", "10 kept E", ""},
		{"500mg", "500mg", "500 mg"}, {"5.0 mg", "5.0 mg W", "5 mg"}, {".5 mg", ".5 mg W", "0.5 mg"}, {"0.5 mg", "0.5 mg", "0.5 mg"},
		{"2.50 mg", "2.50 mg W", "2.5 mg"}, {".50 mg", ".50 mg W", "0.5 mg"}, {"10 mg", "10 mg", "10 mg"}, {"100 mg", "100 mg", "100 mg"},
		// Units.
		{"25 MG", "25 MG", "25 mg"}, {"25 µg", "25 µg", "25 ug"}, {"25 μg", "25 μg", "25 ug"}, {"25 ug", "25 ug", "25 ug"}, {"1 G", "1 G", "1 g"},
		{"5 mL", "5 mL", "5 mL"}, {"5 ml", "5 ml", "5 mL"}, {"5 cc", "5 cc W", "5 mL"}, {"100 IU", "100 IU", "100 [IU]"}, {"10 units", "10 units", "10 [IU]"},
		{"10u", "10u kept W", ""}, {"20 mEq", "20 mEq", "20 meq"}, {"3 mmol", "3 mmol", "3 mmol"}, {"2%", "2%", "2 %"}, {"2 caps", "2 caps", "2 {capsule}"},
		{"2 puffs", "2 puffs", "2 {puff}"}, {"3 drops", "3 drops", "3 [drp]"}, {"3 gtt", "3 gtt", "3 [drp]"}, {"1 tsp", "1 tsp", "1 [tsp_us]"},
		{"1 tab(s)", "1 tab(s)", "1 {tablet}"}, {"10 mg.", "10 mg.", "10 mg"}, {"1 {tablet}", "1 {tablet}", "1 {tablet}"}, {"1 [IU]", "1 [IU]", "1 [IU]"},
		{"10 widgets", "10 widgets kept E", ""}, {"10 kg", "10 kg kept E", ""}, {"mg", "mg kept E", ""}, {"10 mg daily", "10 mg daily kept E", ""},
		// Words and ranges.
		{"two tabs", "two tabs", "2 {tablet}"}, {"Three tablets", "Three tablets", "3 {tablet}"}, {"four puffs", "four puffs", "4 {puff}"}, {"half tab", "half tab", "0.5 {tablet}"},
		{"half a tablet", "half a tablet", "0.5 {tablet}"}, {"½ tab", "½ tab", "0.5 {tablet}"}, {"five tabs", "five tabs kept E", ""}, {"one to two tabs", "one to two tabs", "1-2 {tablet}"},
		{"1 - 2 tabs", "1 - 2 tabs", "1-2 {tablet}"}, {"1–2 tabs", "1–2 tabs", "1-2 {tablet}"}, {"1 to 2 tabs", "1 to 2 tabs", "1-2 {tablet}"}, {"500mg-1000mg", "500mg-1000mg", "500-1000 mg"},
		{"500 mg - 1 g", "500 mg - 1 g kept E", ""}, {"2-1 tabs", "2-1 tabs kept E", ""}, {"1-2", "1-2 kept E", ""}, {"1-2-3 tabs", "1-2-3 tabs kept E", ""}, {"1/2 tab", "1/2 tab kept E", ""},
		{"1.0-2.0 mg", "1.0-2.0 mg W", "1-2 mg"}, {"tone tab", "tone tab kept E", ""},
		// Ratios.
		{"5 mg/mL", "5 mg/mL", "5 mg per 1 mL"}, {"5mg / 1.5 mL", "5mg / 1.5 mL", "5 mg per 1.5 mL"}, {"10 mg/kg", "10 mg/kg", "10 mg per 1 kg"}, {"25 mcg/hr", "25 mcg/hr", "25 ug per 1 h"},
		{"10 mg/0 mL", "10 mg/0 mL kept E", ""}, {"10 U/mL", "10 U/mL kept W", ""}, {"10 mg/5", "10 mg/5 kept E", ""}, {"10 mg/mL/h", "10 mg/mL/h kept E", ""}, {"1-2 mg/kg", "1-2 mg/kg", "1-2 mg per 1 kg"},
		{"10/5 mg", "10/5 mg kept E", ""}, {"10 mg/", "10 mg/ kept E", ""},
		// Marks.
		{"5,000 units", "5,000 units W", "5000 [IU]"}, {"1,250.5 mg", "1,250.5 mg", "1250.5 mg"}, {"2,5 mg", "2,5 mg W", "2.5 mg"}, {"1.2.3 mg", "1.2.3 mg kept E", ""},
		{"-5 mg", "-5 mg W", "-5 mg"}, {"0 mg", "0 mg W", "0 mg"}, {"0.0 mg", "0.0 mg W", "0 mg"}, {"1e3 mg", "1e3 mg", "1000 mg"}, {"+5 mg", "+5 mg", "5 mg"},
		{"as directed", "as directed kept E", ""}, {"N/A", "null I unknown", ""}, {"", "null", ""},
	} {
		g := run(t, "medication", "dose_text", nil, e.in)
		if g.String() != e.want || doseOf(g) != e.dose {
			t.Errorf("%q: got %q %q, want %q %q (%v)", e.in, g, doseOf(g), e.want, e.dose, g.Notes)
		}
		if second := again(t, "medication", "dose_text", nil, g, "dose_unit="+g.Derived["dose_unit"]); doseOf(second) != e.dose {
			t.Errorf("%q: %q the second time", e.in, doseOf(second))
		}
	}
}

func TestDoseWithAColumnOfUnits(t *testing.T) {
	for _, e := range []struct{ in, unit, want, dose string }{
		{"500", "_unit=mg", "500 mg I", "500 mg"}, {"5-10", "_unit=mL", "5-10 mL I", "5-10 mL"}, {"500", "dose_unit=MCG", "500 MCG I", "500 ug"},
		{"500 mg", "_unit=mg", "500 mg", "500 mg"}, {"500 mg", "_unit=mcg", "500 mg mcg kept E", ""}, {"500 mg", "dose_unit=mcg", "500 mg kept E", ""}, {"500mcg", "dose_unit=mcg", "500mcg", "500 ug"},
		{"500", "_unit=widgets", "500 widgets kept E", ""}, {"10", "_unit=U", "10 U kept W", ""}, {"5", "_unit=mg/mL", "5 mg/mL I", "5 mg per 1 mL"},
		{"5 mg/mL", "_unit=mg", "5 mg/mL", "5 mg per 1 mL"}, {"5 mg", "_unit=mg/mL", "5 mg mg/mL kept E", ""}, {"5 mg", "_unit=/mL", "5 mg /mL I", "5 mg per 1 mL"}, {"many", "_unit=mg", "many kept E", ""}, {"", "_unit=mg", "null", ""}, {"500.0", "_unit=mg", "500.0 mg W", "500 mg"},
	} {
		g := run(t, "medication", "dose_text", nil, e.in, e.unit)
		if g.String() != e.want || doseOf(g) != e.dose {
			t.Errorf("%q %s: got %q %q, want %q %q (%v)", e.in, e.unit, g, doseOf(g), e.want, e.dose, g.Notes)
		}
		if strings.HasPrefix(e.unit, "_") { // The column passes through and means nothing the second time.
			if second := again(t, "medication", "dose_text", nil, g); doseOf(second) != e.dose {
				t.Errorf("%q %s: %q the second time", e.in, e.unit, doseOf(second))
			}
		}
	}
	g := run(t, "medication", "dose_text", nil, "500mcg", "dose_unit=mcg")
	if fmt.Sprint(g.Others) != "[dose_unit STD-MED-2 I]" {
		t.Errorf("the unit that was replaced: %v", g.Others)
	}
}

func TestDoseCommaOfTheJob(t *testing.T) {
	for mark, want := range map[byte]string{0: "1250 mg W", '.': "1250 mg ", ',': "1.25 mg W"} {
		g := run(t, "medication", "dose_text", params(func(p *Params) { p.DecimalMark = mark }), "1,250 mg")
		if got := doseOf(g) + " " + g.Severity; got != want {
			t.Errorf("%q: got %q, want %q", mark, got, want)
		}
		second := again(t, "medication", "dose_text", params(func(p *Params) { p.DecimalMark = mark }), g)
		if doseOf(second) != doseOf(g) {
			t.Errorf("%q: %q the second time", mark, doseOf(second))
		}
	}
}

func TestDoseLimits(t *testing.T) {
	for _, e := range []struct{ name, in, want string }{
		{"Levothyroxine", "500mg", "500mg W"}, {"Levothyroxine", "500 mcg", "500 mcg"}, {"LEVOTHYROXINE sodium", "1 mg", "1 mg"}, {"Levothyroxine", "1.001 mg", "1.001 mg W"},
		{"Levothyroxine", "0.01 g", "0.01 g W"}, {"Levothyroxine", "1001 mcg", "1001 mcg W"}, {"liothyronine", "5 mg", "5 mg W"}, {"Digoxin 125 mcg", "125 mg", "125 mg W"},
		{"digoxin", "0.25-2 mg", "0.25-2 mg W"}, {"digoxin", "2 tabs", "2 tabs"}, {"Metformin", "500 mg", "500 mg"}, {"digoxinal", "5 mg", "5 mg"},
		{"Metformin", "0 mg", "0 mg W"}, {"sodium-levothyroxine", "5 mg", "5 mg W"}, {"", "5 mg", "5 mg"}, {strings.Repeat("many words ", 9) + "digoxin", "5 mg", "5 mg W"},
	} {
		g := run(t, "medication", "dose_text", nil, e.in, "medication_name="+e.name)
		if g.String() != e.want {
			t.Errorf("%s %q: got %q, want %q", e.name, e.in, g, e.want)
		}
		if strings.HasSuffix(e.want, " W") && fmt.Sprint(g.Rules) != "[VAL-MED-2]" {
			t.Errorf("%s %q: rules %v", e.name, e.in, g.Rules)
		}
	}
}

func TestDoseUnitsOfTheTable(t *testing.T) {
	for _, row := range tableLines(doseUnitTable, 3) {
		for _, name := range append(strings.Split(row[2], "|"), row[0]) {
			if unit, ok := findDoseUnit([]byte(name)); name != "" && name != "?" && (!ok || string(unit.code) != row[0]) {
				t.Errorf("%q: got %q, want %q", name, unit.code, row[0])
			}
		}
	}
}

// FuzzDose holds that the text a dose leaves is read as the same dose, and that what is derived is canonical.
func FuzzDose(f *testing.F) {
	for _, seed := range []string{"1-2 tabs", "250 mg/5 mL", "500mg-1000mg", "half a tab", "1,250.50 mcg/kg", "½ ½", "-.5 cc/U", "1e3 g to 2e3 g"} {
		f.Add(seed, "mg/mL")
	}
	c := column(f, "medication", "dose_text", nil)
	later := *c
	later.Harmonized = true
	first, second := open(f, c), open(f, &later)
	units := NewEvaluator(Chain{Column: &Column{Type: "code", Params: params()}}, Hygiene(), NewCounters(), false)
	f.Fuzz(func(t *testing.T, text, unit string) {
		a := first.run(text, "_unit="+string(units.Eval([]byte(unit), nil, nil, new(Arena)).Clean))
		b := second.run(a.Text, "dose_unit="+a.Derived["dose_unit"])
		if b.Text != a.Text || doseOf(b) != doseOf(a) || (b.Outcome == "kept") != (a.Outcome == "kept") {
			t.Errorf("%q %q: %q of %q, then %q of %q", text, unit, doseOf(a), a, doseOf(b), b)
		}
		for _, field := range []string{"dose_value", "dose_value_high", "dose_denominator_value"} {
			if number := a.Derived[field]; number != "" && !isPlain([]byte(number), false) {
				t.Errorf("%q %q: %s is %q", text, unit, field, number)
			}
		}
	})
}

func BenchmarkDose(b *testing.B) {
	bench := open(b, column(b, "medication", "dose_text", nil))
	text := []byte("250 mg/5 mL")
	b.ReportAllocs()
	for b.Loop() {
		bench.arena.Reset()
		bench.eval.Eval(text, []*record.Value{record.Null}, []*record.Value{record.Null, record.Null}, &bench.arena)
	}
}
