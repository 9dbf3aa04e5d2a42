package csvfmt

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestIsFormula(t *testing.T) {
	for text, want := range map[string]bool{
		`=HYPERLINK("x")`: true, "@cmd": true, "-2-2": true, "+1+1": true, "\tx": true, "\rx": true, "\nx": true, "-": true, "+": true,
		"＝1": true, "＋1": true, "－1": true, "＠x": true, "-1.": true, "-.5": true, "-1e5": true, "+1,000": true, "=5": true,
		"-5.2": false, "+14059014744": false, "-0": false, "5": false, "": false, "'=x": false, " =x": false, "a=b": false,
	} {
		if got := IsFormula([]byte(text)); got != want {
			t.Errorf("IsFormula(%q) is %v", text, got)
		}
	}
}

func TestGuardIsTakenOffAgain(t *testing.T) {
	for text, want := range map[string]string{"'=x": "=x", "'-2-2": "-2-2", "'-5": "'-5", "'": "'", "'a": "'a", "''=x": "''=x", "=x": "=x"} {
		if got := string(Unguard([]byte(text))); got != want {
			t.Errorf("Unguard(%q) is %q, want %q", text, got, want)
		}
	}
}

func TestAppendRow(t *testing.T) {
	for _, c := range []struct {
		cells []string
		guard bool
		want  string
	}{
		{[]string{"a", "b c", " d "}, true, "a,b c, d \n"},
		{[]string{"a,b", "x \"y\"", "l\nm", "r\rs", ";|\t"}, true, "\"a,b\",\"x \"\"y\"\"\",\"l\nm\",\"r\rs\",;|\t\n"},
		{[]string{"=1,2", "-5.2", "@x", "＝y"}, true, "\"'=1,2\",-5.2,'@x,'＝y\n"},
		{[]string{"=1,2", "@x"}, false, "\"=1,2\",@x\n"},
		{[]string{"", "", ""}, true, ",,\n"},
		{[]string{""}, true, "\"\"\n"},
	} {
		if got := string(AppendRow(nil, c.cells, c.guard)); got != c.want {
			t.Errorf("%q became %q, want %q", c.cells, got, c.want)
		}
	}
}

// What was written reads as it was; the guard comes off again.
func TestParseOfEncode(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	parts := []string{"", "a", ",", "\"", "\n", "\r", "\r\n", "=", "-", "5", " ", "\t", "é", "'"}
	for columns := 1; columns < 5; columns++ {
		for range 2000 {
			cells := make([]string, columns)
			for i := range cells {
				for range r.IntN(5) {
					cells[i] += parts[r.IntN(len(parts))]
				}
			}
			text := AppendRow(nil, cells, r.IntN(2) == 0)
			b := &record.Batch{}
			if err := NewParser(Dialect{Delimiter: ','}, columns, 0).Parse(slices.Clone(text), b); err != nil || b.Rows != 1 || len(b.Broken) > 0 {
				t.Fatalf("%q: %d rows, %v", text, b.Rows, err)
			}
			for i, want := range cells {
				got := string(b.Cell(i, 0))
				if got != want && string(Unguard([]byte(got))) != want {
					t.Fatalf("%q came back as %q from %q", want, got, text)
				}
			}
		}
	}
}
