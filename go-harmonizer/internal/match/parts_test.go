package match

import (
	"strings"
	"testing"
)

func TestParseBirth(t *testing.T) {
	for text, want := range map[string]birth{
		"1980-02-03": {1980, 2, 3}, "1980-02": {1980, 2, 0}, "1980": {1980, 0, 0}, "19800231": {1980, 2, 31},
		"1980-02-03t00:00:00": {1980, 2, 3}, "1980-02-03 05:06": {1980, 2, 3},
		"": {}, "03/04/1980": {}, "198": {}, "1980-2-3": {}, "1980-02-03x": {}, "198002": {}, "1980x": {}, "unknown": {},
	} {
		if got := parseBirth(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestCompareBirths(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1980-02-03", "1980-02-03", birthsEqual}, {"1980-02-03", "1980-02-04", birthsTypo}, {"1980-02-03", "1908-02-03", birthsTypo},
		{"1980-02-13", "1980-02-31", birthsTypo}, {"1980-02-11", "1980-11-02", birthsSwapped}, {"1980-02-03", "1952-07-19", birthsDiffer},
		{"1980-02-03", "1990-02-04", birthsDiffer}, {"1980", "1980-02-03", birthsSameYear}, {"1980", "1980", birthsSameYear},
		{"1980", "1981-02-03", birthsOtherPart}, {"1980-02", "1980-02-03", birthsSameMonth}, {"1980-02", "1980-03-03", birthsOtherPart},
		{"1980-02", "1980", birthsSameYear}, {"", "1980", birthsUnknown}, {"x", "x", birthsUnknown},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if got := parseBirth(pair[0]).compare(parseBirth(pair[1])); got != c.want {
				t.Errorf("%v: %d, want %d", pair, got, c.want)
			}
		}
	}
}

func TestOneEdit(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1234", "1235", true}, {"1234", "1243", true}, {"1234", "12344", true}, {"1234", "234", false}, {"12345", "1345", true},
		{"1234", "1234", false}, {"1234", "2143", false}, {"123", "124", false}, {"12345", "12354", true}, {"12345", "15342", false},
		{"1234", "4321", false}, {"", "", false}, {"1234", "123456", false},
	} {
		if oneEdit(c.a, c.b) != c.want || oneEdit(c.b, c.a) != c.want {
			t.Errorf("%q, %q: want %v", c.a, c.b, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	p := population(t, []Person{{First: "Bill"}, {First: "William"}, {First: "W."}, {First: "Zoe"}, {First: "Mary Ann"}, {First: "Ann"},
		{First: "Annabel"}}, Options{})
	p.freeze()
	at := func(i int32) uint32 { return p.id(i, first) }
	for _, c := range []struct {
		a, b int32
		want level
	}{{0, 1, alikeLevel}, {1, 2, alikeLevel}, {0, 2, differ}, {0, 3, differ}, {4, 5, alikeLevel}, {1, 1, exact}} {
		if got, back := p.compareFirst(at(c.a), at(c.b)), p.compareFirst(at(c.b), at(c.a)); got != c.want || back != c.want {
			t.Errorf("%v: levels %d and %d", c, got, back)
		}
	}
	if hasPart("annabel", "ann") {
		t.Error("a part of a word is no part of a name")
	}
}

func TestGenerations(t *testing.T) {
	for text, want := range map[string]uint8{"jr.": 2, "sr": 1, "junior": 2, "iii": 4, "md": 0, "": 0} {
		if got := generation(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestNicknamesAreKeys(t *testing.T) {
	if len(families()) < 200 {
		t.Error("the table of nicknames is not read")
	}
	for name := range families() {
		if name != strings.ToLower(name) || strings.TrimSpace(name) != name || name == "" {
			t.Errorf("%q is no comparison key", name)
		}
	}
}

func TestHeadAndTail(t *testing.T) {
	if head("żółw", 3) != "żół" || head("ab", 3) != "ab" || tail("żółw", 2) != "łw" || tail("ab", 3) != "ab" || head("", 2) != "" {
		t.Error("first and last characters are not counted in characters")
	}
}

func TestDictNumbersTexts(t *testing.T) {
	var d dict
	d.init()
	ids := map[string]uint32{}
	for round := range 2 {
		for i := range 5000 {
			text := strings.Repeat("x", i%50) + string(rune('a'+i%26)) + string(rune(0x100+i))
			id := d.add([]byte(text))
			if before, ok := ids[text]; round == 1 && (!ok || before != id) {
				t.Fatal("a text has two numbers")
			}
			ids[text] = id
		}
	}
	d.freeze()
	for text, id := range ids {
		if d.text(id) != text || d.counts[id] != 2 {
			t.Fatal("a number has another text or count")
		}
	}
}

func TestCeilingIsOne(t *testing.T) {
	words := strings.Fields("martha marhta dixon dicksonx dwayne duane josé jose żółw zolw a ab smith-jones jones 02134 02143 x")
	for _, a := range words {
		for _, b := range words {
			if s := jaroWinkler(a, b); s > ceiling(markOf(a), markOf(b), a, b)+1e-12 {
				t.Errorf("%s, %s: %v is above its ceiling", a, b, s)
			}
			if jaroWinkler(a, b) != jaroWinkler(b, a) {
				t.Errorf("%s, %s: depends on the order", a, b)
			}
		}
	}
}
