package ndjsonfmt

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppendString(t *testing.T) {
	for text, want := range map[string]string{
		"":                    `""`,
		`a "b" \c`:            `"a \"b\" \\c"`,
		"\n\r\t\x00\x1f":      `"\n\r\t\u0000\u001f"`,
		"<b>&\u2028 é 😀/\x7f": "\"<b>&\u2028 é 😀/\x7f\"",
		"x\xffy\xe2\x82":      `"x` + "\uFFFD" + `y` + "\uFFFD\uFFFD" + `"`,
	} {
		if got := string(AppendString(nil, []byte(text))); got != want {
			t.Errorf("%q became %s, want %s", text, got, want)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	dst, text := make([]byte, 0, 1000), []byte("José said \"no\"\n")
	if n := testing.AllocsPerRun(100, func() { AppendString(dst, text) }); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add([]byte("a\"\\\n\xff é"))
	f.Fuzz(func(t *testing.T, text []byte) {
		line := AppendString([]byte("["), text)
		var got string
		if err := json.Unmarshal(line[1:], &got); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		want := string(text)
		if !utf8.Valid(text) {
			want = string([]rune(want)) // every byte that is no UTF-8 becomes one U+FFFD
		}
		if got != want || strings.Contains(string(line), "\n") {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func BenchmarkAppendString(b *testing.B) {
	text, dst := []byte("Glucose, fasting (serum or plasma)"), make([]byte, 0, 100)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		AppendString(dst, text)
	}
}
