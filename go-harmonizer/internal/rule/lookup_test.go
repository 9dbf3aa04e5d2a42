package rule

import "testing"

func TestTextKey(t *testing.T) {
	for in, want := range map[string]string{
		"JOSÉ": "jose", "ﬁ": "fi", "  A \t b ": "a b", "Straße": "strasse", "\u212b": "a", "ΣΑΣ": "σασ", "４５": "45", "": "",
		"İ": "i", "a\u00a0\u00a0b": "a b",
	} {
		if key := string(textKey(nil, []byte(in))); key != want {
			t.Errorf("%q: got %q, want %q", in, key, want)
		} else if again := string(textKey(nil, []byte(key))); again != key {
			t.Errorf("%q: key %q has key %q", in, key, again)
		}
	}
}

func TestEnumKey(t *testing.T) {
	for in, want := range map[string]string{
		"Non-Hispanic": "nonhispanic", "nonhispanic": "nonhispanic", "never_married": "nevermarried", "B.I.D.": "bid",
		"don't know": "dontknow", "M": "m", "M.": "m.", "-": "-", "*": "*", "": "", "Ä-b": "ab",
	} {
		if key := string(enumKey(nil, []byte(in))); key != want {
			t.Errorf("%q: got %q, want %q", in, key, want)
		}
	}
	if key := string(enumKey([]byte("head "), []byte("A B"))); key != "head ab" {
		t.Errorf("what stands before is not kept: %q", key)
	}
}

func BenchmarkEnumKey(b *testing.B) {
	text, buf := []byte("Non-Hispanic"), make([]byte, 0, 32)
	b.ReportAllocs()
	for b.Loop() {
		buf = enumKey(buf[:0], text)
	}
}
