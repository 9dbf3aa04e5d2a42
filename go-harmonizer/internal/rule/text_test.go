package rule

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// cleaned runs hygiene alone.
func cleaned(t testing.TB, entity, field, text string) got {
	t.Helper()
	e := NewEvaluator(Chain{Column: column(t, entity, field, nil)}, Hygiene(), NewCounters(), false)
	return gotOf(e.Eval([]byte(text), nil, nil, new(Arena)), nil)
}

func TestHygiene(t *testing.T) {
	const unheard = "favourite_color" // passes through
	for _, e := range []struct{ entity, field, in, want, rules string }{
		{"patient", "city", "JosÃ©", "José W", "STD-ENC-2"},
		{"lab_result", "unit", "Â°C", "°C W", "STD-ENC-2"},
		{"patient", "city", "â€™", "’ W", "STD-ENC-2"},
		{"patient", "city", "JOÃO", "JOÃO", ""},
		{"patient", "city", "JosÃƒÂ©", "José W", "STD-ENC-2"},
		{"patient", "city", "Ã", "Ã", ""},

		{"patient", "city", "  Mary   Ann ", "Mary Ann I", "STD-TXT-1"},
		{"patient", "city", "A\u00a0B", "A B I", "STD-TXT-1"},
		{"patient", "pcp_name", " Robert", "Robert I", "STD-TXT-1"},
		{"patient", "city", "\t", "null", ""},
		{"patient", "city", "   ", "null", ""},
		{"patient", "city", "a\u2007\u202f\u3000b", "a b I", "STD-TXT-1"},
		{"patient", "city", "a\r\nb", "a b I", "STD-TXT-1"},
		{"lab_result", "comment", "a \r\n  b  c\r\n", "a\nb c I", "STD-TXT-1"},
		{"lab_result", "comment", "a\n\nb", "a\n\nb", ""},
		{"lab_result", "comment", "\r\n", "null", ""},
		{"patient", unheard, " a\n b ", "a\nb I", "STD-TXT-1"},

		{"patient", "city", "AB\x00C", "ABC W", "STD-TXT-2"},
		{"patient", "city", "\u200b12", "12 W", "STD-TXT-2"},
		{"patient", "city", "\u202etxt", "txt W", "STD-TXT-2"},
		{"patient", "city", "می\u200cخواهم", "می\u200cخواهم", ""},
		{"patient", "city", "a \u200b b", "a b W", "STD-TXT-2 STD-TXT-1"},
		{"patient", "city", "\ufeff", "null W unknown", "STD-TXT-2"},

		{"patient", "city", "e\u0301", "é I", "STD-TXT-3"},
		{"patient", "last_name", "ﬁ", "ﬁ", ""},
		{"patient", "city", "\u212b", "\u00c5 I", "STD-TXT-3"},

		{"lab_result", "result_value", "−5", "-5 I", "STD-TXT-4"},
		{"patient", "mrn", "４５", "45 I", "STD-TXT-4"},
		{"lab_result", "unit", "μg/L", "ug/L I", "STD-TXT-4"},
		{"lab_result", "unit", "µg/L", "ug/L I", "STD-TXT-4"},
		{"lab_result", "comment", "µg", "µg", ""},
		{"patient", "mrn", "µ1", "µ1", ""},
		{"patient", "last_name", "O’Brien", "O'Brien I", "STD-TXT-4"},
		{"patient", "last_name", "Smith–Jones", "Smith–Jones", ""},
		{"patient", "city", "Coeur d’Alene", "Coeur d’Alene", ""},
		{"patient", "mrn", "Ａ\u0301", "Á I", "STD-TXT-4 STD-TXT-3"},
		{"lab_result", "reference_range", "4.0–5.6", "4.0-5.6 I", "STD-TXT-4"},

		{"patient", "city", "Jos\ufffd", "Jos\ufffd kept E", "STD-ENC-1"},
		{"patient", "city", " Jos\xe9", "Jos\ufffd kept E", "STD-TXT-1 STD-ENC-1"},
	} {
		g := cleaned(t, e.entity, e.field, e.in)
		rules := string(bytes.Join(bytesOf(g.Rules), []byte(" ")))
		if g.String() != e.want || rules != e.rules {
			t.Errorf("%s.%s %q: got %q by %q, want %q by %q", e.entity, e.field, e.in, g, rules, e.want, e.rules)
		}
		if second := cleaned(t, e.entity, e.field, g.Text); second.Text != g.Text {
			t.Errorf("%s.%s %q: %q became %q the second time", e.entity, e.field, e.in, g.Text, second.Text)
		}
	}
}

func bytesOf(texts []string) [][]byte {
	var all [][]byte
	for _, s := range texts {
		all = append(all, []byte(s))
	}
	return all
}

func FuzzHygiene(f *testing.F) {
	for _, s := range []string{"JosÃ©", " a\r\n b ", "\u200b12", "e\u0301", "Ａ\u0301", "n/a", "\xff", "ÃƒÂ\u00a0", "-\u200b"} {
		f.Add(s)
	}
	var evaluators []*Evaluator
	for _, field := range []string{"mrn", "last_name", "city", "passes_through"} {
		evaluators = append(evaluators, NewEvaluator(Chain{Column: column(f, "patient", field, nil)}, Hygiene(), NewCounters(), false))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range evaluators {
			once := e.Eval([]byte(text), nil, nil, new(Arena))
			if !utf8.Valid(once.Text) {
				t.Fatalf("%q became %q, which is not UTF-8", text, once.Text)
			}
			if once.Text == nil {
				continue
			}
			twice := e.Eval(once.Text, nil, nil, new(Arena))
			if !bytes.Equal(once.Text, twice.Text) || once.Outcome != record.Kept && twice.Outcome != record.OK {
				t.Fatalf("%q became %q and then %q", text, once.Text, twice.Text)
			}
		}
	})
}

func BenchmarkHygiene(b *testing.B) {
	for name, text := range map[string]string{"plain": "Jones-Martin", "number": "1234.5678901", "spaced": " Robert  Doe", "accent": "José Álvarez"} {
		b.Run(name, func(b *testing.B) {
			c := &Cell{column: column(b, "patient", "mrn", nil), arena: new(Arena)}
			clean, raw := Hygiene().Bind(c.column), []byte(text)
			b.ReportAllocs()
			for b.Loop() {
				c.Text, c.findings, c.stopped = raw, c.findings[:0], false
				c.arena.Reset()
				clean(c)
			}
		})
	}
}
