package ucum

import (
	"strings"
	"testing"
)

// synonyms is the list of rule STD-UNIT-1 as the rule book writes it, for whatever is measured.
const synonyms = "`mg/dL`: mg%, mg/100ml · `g/dL`: gm/dl, g%, gm% · `g/L` · `ug/dL`: mcg/dl · `ng/mL` · `ng/dL` · `pg/mL` · " +
	"`mmol/L`: mm/l, mmoles/l · `umol/L`: micromol/l · `nmol/L` · `pmol/L` · `meq/L`: meq/l, mEq/L · `U/L`: units/l, unit/l · " +
	"`[IU]/L`: iu/l · `m[IU]/L`: miu/l, mu/l, uiu/ml, mcu/ml, mIU/L · `u[IU]/mL` · `10*3/uL`: k/ul, thou/ul, th/mm3, x10e3/ul, " +
	"10^3/ul, 10e3/mcl, k/mm3, x10(3)/mcl, K/uL, K/μL, K/µL · `10*6/uL`: m/ul, M/uL, mil/ul, 10^6/ul, x10e6/ul · `10*9/L`: 10^9/l, " +
	"x10e9/l, giga/l · `10*12/L` · `{cells}/uL`: cells/ul, cells/mcl, /ul, /mm3, /cumm, cells/μL · `/[HPF]`: /hpf, per hpf · `fL` · " +
	"`pg` · `%`: percent, pct · `s`: sec, secs, seconds · `mm/h`: mm/hr · `mL/min/{1.73_m2}`: ml/min/1.73m2, ml/min/1.73 m^2, " +
	"mL/min/1.73m² · `{INR}`: inr · `mosm/kg` · `mmol/mol` · `[pH]`: ph, pH · `mm[Hg]`: mmhg, torr, mmHg · `/min`: bpm, beats/min, " +
	"breaths/min, br/min · `Cel`: c, °c, °C, C, degc, celsius · `[degF]`: f, °f, degf, F · `kg`: kgs · `[lb_av]`: lb, lbs, pounds · " +
	"`[oz_av]`: oz · `g`: gm, grams · `cm` · `m` · `[in_i]`: in, inch, inches, \" · `[ft_i]`: ft, feet · `kg/m2`: kg/m^2, kg/m² · " +
	"`mg/L` · `ug/L` · `ukat/L` · `L/L` · `1` · `kPa` · `{score}` · `g/L`: g/l, g / L"

func TestSynonyms(t *testing.T) {
	for _, entry := range strings.Split(synonyms+" · "+forgotten, " · ") {
		unit, others, _ := strings.Cut(strings.TrimPrefix(entry, "`"), "`")
		for _, text := range append(strings.Split(strings.TrimPrefix(others, ": "), ", "), unit, strings.ToUpper(unit)) {
			if text == "" || text == "G/L" {
				continue
			}
			if got, ok := Parse([]byte(text)); !ok || string(got) != unit {
				t.Errorf("%q: got %q, want %q", text, got, unit)
			}
		}
	}
}

// forgotten are ways to write a unit that the rule book's list leaves out although they mean one thing only.
const forgotten = "`10*3/uL`: x10^3/uL, 10*3/mcL, 10E3/uL, x 10^3/uL, 10x3/uL, 10**3/uL, 10³/µL, x10³/mm3, K/mcL, K/cumm, Thousand/uL · " +
	"`10*6/uL`: x10^6/uL, 10E6/mcL, M/mcL, Million/uL · `10*9/L`: x10^9/L, 10x9/L, 10⁹/L · `10*12/L`: 10^12/L, x10^12/L, 10E12/L, tera/L · " +
	"`ug/mL`: mcg/mL, µg/mL · `ug/L`: mcg/L · `ug`: mcg · `[IU]/mL`: IU/mL · `kg`: kilograms · `[lb_av]`: pound · `cm`: Centimeters · `[degF]`: Fahrenheit, degrees F · `Cel`: degrees C · `m`: metres · `m[IU]/mL`: mIU/mL · `umol/L`: mcmol/L · " +
	"`{cells}/uL`: cells/mm3, cell/uL, #/uL, /mcL · `mL/min/{1.73_m2}`: mL/min/1.73 · `g/dL`: g/100 mL"

func TestSubjectDecides(t *testing.T) {
	for _, e := range []struct {
		text    string
		subject Subject
		want    string
	}{
		{"IU/L", Enzyme, "U/L depends"}, {"iu/l", Anything, "[IU]/L depends"}, {"IU/L", CellCount, "[IU]/L depends"},
		{"G/L", CellCount, "10*9/L depends"}, {"G/L", Anything, "g/L depends doubtful"}, {"g/L", CellCount, "g/L"}, {"g/l", CellCount, "g/L"},
		{"ratio", INR, "{INR} depends"}, {"Ratio", Anything, " depends"}, {"INR", Anything, "{INR}"},
		{"[IU]/L", Enzyme, "[IU]/L"}, {"U/L", Anything, "U/L"}, {"L", Anything, "L bare"}, {"mg/dL", Anything, "mg/dL"},
	} {
		r := Read([]byte(e.text), e.subject)
		got := string(r.Unit)
		for _, flag := range []struct {
			on   bool
			word string
		}{{r.Depends, "depends"}, {r.Doubtful, "doubtful"}, {r.Bare, "bare"}} {
			if flag.on {
				got += " " + flag.word
			}
		}
		if got != e.want {
			t.Errorf("%q of %d: got %q, want %q", e.text, e.subject, got, e.want)
		}
	}
}

func TestJoined(t *testing.T) {
	for in, want := range map[string]string{
		"mg/g": "mg/g", "mg/mmol": "mg/mmol", "{nominal}": "{nominal}", "10*3": "10*3", "10*-3/L": "10*-3/L", "mg{creat}/g": "mg{creat}/g",
		"ug/mL": "ug/mL", "UG/ML": "ug/mL", "[iu]/ml": "[IU]/mL", "u/ml": "U/mL", "mg/24.h": "", "{a.b/c}/uL": "{a.b/c}/uL",
		"mL/min": "mL/min", "10*3{cells}/uL": "10*3{cells}/uL", "kg.m/s": "kg.m/s", "mg / mL": "mg/mL", "μg/L": "ug/L", "/mL": "/mL",
		"furlongs": "", "": "", " ": "", "/": "", "mg/": "", "mg//dL": "", "G/mL": "", "{": "", "{}": "", "{a": "", "a}": "", "{a}{b}": "", "mg}": "",
		"10*": "", "10*x": "", "10*123": "", "{é}": "", "mg dL mg": "", ".": "", strings.Repeat("mg/", 40) + "L": "", "°": "", "²": "",
		"mg/m2": "mg/m2", "mg/m²": "mg/m2", "5": "", "mm": "mm", "S": "s", "H": "", "/uL": "{cells}/uL",
	} {
		got, ok := Parse([]byte(in))
		if string(got) != want || ok != (want != "") {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestAtomsDifferByMoreThanCase(t *testing.T) {
	l := units()
	for atom := range l.atoms {
		if l.fold[strings.ToLower(atom)] != atom {
			t.Errorf("%q and %q fold alike", atom, l.fold[strings.ToLower(atom)])
		}
	}
	for unit := range l.exact {
		if got := Read([]byte(unit), Anything); string(got.Unit) != unit || got.Depends {
			t.Errorf("%q reads as %v", unit, got)
		}
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	for _, text := range []string{"mg/dL", "K/uL", "Mg/Dl", "10*3{cells}/uL", "furlongs", "cells/μL"} {
		b := []byte(text)
		if n := testing.AllocsPerRun(20, func() { Parse(b) }); n != 0 {
			t.Errorf("%q: %v allocations", text, n)
		}
	}
}

// FuzzParse holds to it that a canonical unit means itself, whatever is measured.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"mg/dL", "K/uL", "{a}/10*3", "IU/L", "ratio", "G/L", "ml/min/1.73 m^2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for s := Anything; s <= INR; s++ {
			r := Read([]byte(text), s)
			if r.Unit == nil {
				continue
			}
			if again := Read(r.Unit, s); string(again.Unit) != string(r.Unit) || again.Depends || again.Doubtful {
				t.Fatalf("%q means %q, which means %q", text, r.Unit, again.Unit)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, text := range []string{"mg/dL", "mEq/L", "mg/mmol"} {
		b.Run(text, func(b *testing.B) {
			t := []byte(text)
			b.ReportAllocs()
			for b.Loop() {
				Parse(t)
			}
		})
	}
}
