package rule

import (
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
)

// book are the lines of table 6.1 as the rule book writes them: analyte (names), LOINC, unit, factors, places, warn, error.
func book(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../../../shared/rules.md")
	if err != nil {
		t.Skip("skipped: the rule book is not at ../shared/rules.md")
	}
	_, table, _ := strings.Cut(string(text), "| analyte (names) |")
	var rows [][]string
	for _, line := range strings.Split(table, "\n")[2:] {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		rows = append(rows, cells)
	}
	return rows
}

// rounded is value × factor + offset, rounded half to even.
func rounded(value, factor, offset string, places int) string {
	rat := func(s string) *big.Rat { r, _ := new(big.Rat).SetString(s); return r }
	r := rat(value)
	r.Mul(r, rat(factor)).Add(r, rat(offset))
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
	r.Mul(r, scale)
	whole, rest := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	twice := rest.Lsh(rest, 1).Cmp(r.Denom())
	if twice > 0 || twice == 0 && whole.Bit(0) == 1 {
		whole.Add(whole, big.NewInt(1))
	}
	return new(big.Rat).SetFrac(whole, scale.Num()).FloatString(places)
}

func TestTableConverts(t *testing.T) {
	b, again := openLabs(t, false, "result_value"), openLabs(t, true, "result_value")
	for _, row := range book(t) {
		code := row[1][:strings.IndexAny(row[1]+" ", " ,;")]
		places, _ := strconv.Atoi(row[4])
		factors := strings.NewReplacer("L/L or 1 × 100", "L/L 100; 1 100", "mmol/mol: STD-LAB-3", "mmol/mol 0.09148 2.152", " (urea→urea N is a change of analyte: W)", "",
			"–", "").Replace(row[3])
		for _, factor := range splitCells(factors) {
			words, loinc := strings.Fields(factor), code
			if words[0] == "urea" {
				words, loinc = words[1:], "3091-6"
			}
			words = append(words, "0")
			for _, value := range []string{"7", "12.35", "0.5", "101.55", "33.333", "1e1"} {
				want, in := value, value
				if value == "1e1" {
					want, value = "10", "10"
				}
				if words[1] != "=" {
					want = rounded(value, words[1], words[2], places)
				}
				out := b.run(map[string]string{"loinc_code": loinc, "unit": words[0], "result_value": in})
				if out.fields["result_value"] != want || out.fields["value_number"] != want || out.fields["unit"] != row[2] {
					t.Errorf("%s %s %s: got %v, want %s %s", row[0], in, words[0], out.fields, want, row[2])
				}
				checkAgain(t, again, row[0]+" "+factor, out)
			}
		}
		out := b.run(map[string]string{"loinc_code": code, "unit": row[2], "result_value": "12.3400"})
		if out.fields["result_value"] != "12.3400" || out.fields["unit"] != row[2] {
			t.Errorf("%s: the canonical unit does not stay: %v", row[0], out.fields)
		}
	}
}

func TestTableNamesAndCodes(t *testing.T) {
	b := openLabs(t, false, "result_value")
	for _, row := range book(t) {
		name, others, _ := strings.Cut(strings.TrimSuffix(row[0], ")"), " (")
		list := strings.NewReplacer("urea 3091-6 / 22664-7", "3091-6 / 22664-7", ",", ";", " (blood)", "", " (calc)", "", " (D3)", "", " (D2+D3)", "").Replace(row[1])
		first := ""
		for i, pair := range strings.Split(list, "; ") {
			mass, molar, paired := strings.Cut(pair, " / ")
			if i == 0 {
				first = mass
			}
			if !isLOINC([]byte(mass)) || paired && !isLOINC([]byte(molar)) {
				t.Errorf("%s: check digit of %s", name, pair)
			}
			want := map[string]string{mass: mass, molar: mass}
			if mass == "3091-6" { // urea becomes urea nitrogen
				want = map[string]string{mass: first, molar: first}
			}
			for code, becomes := range want {
				if code == "" {
					continue
				}
				if out := b.run(map[string]string{"loinc_code": code, "unit": row[2], "result_value": "5"}); out.fields["loinc_code"] != becomes {
					t.Errorf("%s: %s became %s, want %s", name, code, out.fields["loinc_code"], becomes)
				}
			}
		}
		for _, n := range append(strings.Split(others, ", "), name) {
			want := first
			if n == "blood glucose" {
				want = "2339-0"
			}
			out := b.run(map[string]string{"test_name": strings.ToUpper(n), "unit": row[2], "result_value": "5"})
			if n != "" && out.fields["loinc_inferred"] != want {
				t.Errorf("%s: name %q stands for %q, want %s", name, n, out.fields["loinc_inferred"], want)
			}
		}
	}
}

func TestTableRanges(t *testing.T) {
	b := openLabs(t, true, "result_value") // harmonized: no number is taken for a stand-in
	for _, row := range book(t) {
		code := row[1][:strings.IndexAny(row[1]+" ", " ,;")]
		severity := func(value string) string {
			out := b.run(map[string]string{"loinc_code": code, "unit": row[2], "result_value": value})
			_, s, _ := strings.Cut(out.loud(), "VAL-LAB-1 ")
			return s
		}
		bounds := func(cell string) (low, high string) {
			low, high, _ = strings.Cut(strings.TrimRight(cell, "†‡"), "–")
			return low, high
		}
		beyond := func(value, step string) string { return rounded(value, "1", step, 4) }
		low, high := bounds(row[5])
		least, greatest := bounds(row[6])
		for _, e := range []struct{ value, want string }{
			{low, ""}, {high, ""}, {least, warned(least, low)}, {greatest, warned(greatest, high)}, {beyond(least, "-0.0001"), "E"}, {beyond(greatest, "0.0001"), "E"},
			{beyond(low, "-0.0001"), worse(low == least)}, {beyond(high, "0.0001"), worse(high == greatest)},
		} {
			if got := severity(e.value); got != e.want {
				t.Errorf("%s %s: got %q, want %q", row[0], e.value, got, e.want)
			}
		}
	}
}

func warned(bound, inner string) string {
	if bound == inner {
		return ""
	}
	return "W"
}

func worse(same bool) string {
	if same {
		return "E"
	}
	return "W"
}

// TestTableUnits holds the data files to the number of lines, and every analyte to units that are understood.
func TestTableUnits(t *testing.T) {
	list, b := analyteList(), openLabs(t, false, "result_value")
	for key, a := range list.byKey {
		for _, unit := range append([]conversion{{unit: a.unit}}, a.conversions...) {
			if out := b.run(map[string]string{"unit": string(unit.unit), "test_name": "x"}); out.fields["unit"] != string(unit.unit) {
				t.Errorf("%s: unit %s is read as %q", key, unit.unit, out.fields["unit"])
			}
		}
	}
	if n := len(book(t)); len(list.byKey) != n+1 { // urea stands in the line of urea nitrogen
		t.Errorf("%d analytes for %d lines of the book", len(list.byKey), n)
	}
}
