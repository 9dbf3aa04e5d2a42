package rule

import (
	"bytes"
	"testing"
)

// TestLook holds the quick look to the plain definition for every byte at every place.
func TestLook(t *testing.T) {
	for n := 1; n <= 20; n++ {
		for at := range n {
			for b := range 256 {
				text := bytes.Repeat([]byte("~!x0")[:1+n%4], n)[:n]
				text[at] = byte(b)
				want := plain
				switch {
				case b < ' ' || b > '~':
					want = mixed
				case b == ' ' && (at == 0 || at == n-1):
					want = spaced
				}
				if got := look(text); got != want {
					t.Fatalf("%q: got %d, want %d", text, got, want)
				}
			}
		}
	}
	for n := 2; n <= 40; n++ {
		for at := range n - 1 {
			text := bytes.Repeat([]byte("x y"), n)[:n]
			if text[n-1] == ' ' {
				text[n-1] = 'x'
			}
			if got := look(text); got != plain {
				t.Fatalf("%q: got %d", text, got)
			}
			text[at], text[at+1] = ' ', ' '
			if got := look(text); got != spaced {
				t.Fatalf("%q: got %d, want two spaces", text, got)
			}
		}
	}
	for text, want := range map[string]glance{"": spaced, "a b": plain, "a  b": spaced, "Robert Doe Jr": plain, "Robert  Doe Jr": spaced, "123456789 é": mixed} {
		if got := look([]byte(text)); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}
