package decimal

import (
	"bytes"
	"math/big"
	"strings"
	"testing"
)

func TestScale(t *testing.T) {
	var n Number
	for _, c := range []struct {
		value, factor string
		places        int
		want          string
	}{
		{"5.5", "18.016", 1, "99.1"},
		{"106", "0.011312", 2, "1.20"},
		{"17.1", "0.058467", 2, "1.00"},
		{"150", "0.45359237", 2, "68.04"},
		{"68", "2.54", 1, "172.7"},
		{"0.25", "1", 1, "0.2"},
		{"0.35", "1", 1, "0.4"},
		{"-0.25", "1", 1, "-0.2"},
		{"-0.04", "1", 1, "0.0"},
		{"2.5", "1", 0, "2"},
		{"0", "18.016", 1, "0.0"},
		{"12345678901234567890123456789012345678", "1", 2, "12345678901234567890123456789012345678.00"},
		{"0.00000000000000000000000000000000005", "10", 34, "0.0000000000000000000000000000000005"},
	} {
		got, ok := Scale(&n, []byte("x"), []byte(c.value), New(c.factor), c.places)
		if !ok || string(got) != "x"+c.want {
			t.Errorf("%s × %s: got %s %v, want %s", c.value, c.factor, got, ok, c.want)
		}
	}
}

func TestLinear(t *testing.T) {
	var n Number
	for value, want := range map[string]string{"48": "6.5", "53": "7.0"} { // rule STD-LAB-3
		if got, ok := Linear(&n, nil, []byte(value), New("0.09148"), New("2.152"), 1); !ok || string(got) != want {
			t.Errorf("%s: got %s", value, got)
		}
	}
}

func TestQuo(t *testing.T) {
	var n Number
	for f, want := range map[string]string{"98.6": "37.0", "99": "37.2", "32": "0.0", "-40": "-40.0", "100.22": "37.9"} {
		n.Parse([]byte(f))
		n.Sub(&n, New("32"))
		n.Mul(&n, New("5"))
		n.Quo(&n, New("9"))
		n.Round(&n, 1)
		if got := string(n.Append(nil)); got != want {
			t.Errorf("%s F: got %s, want %s", f, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	var n Number
	for _, text := range []string{"", "-", ".", "1.", ".5", "+1", "1e3", "1,5", "--1", "1.2.3", "٣", "NaN", "Infinity", strings.Repeat("1", longest+1)} {
		if n.Parse([]byte(text)) {
			t.Errorf("%q was read", text)
		}
	}
}

func TestHolds(t *testing.T) {
	r := Range{New("33"), New("2000")}
	for text, want := range map[string]bool{"33": true, "2000.0": true, "32.9": false, "2000.1": false, "-5": false} {
		if r.Holds(New(text)) != want {
			t.Errorf("%s: want %v", text, want)
		}
	}
}

// FuzzNumber compares with rational numbers.
func FuzzNumber(f *testing.F) {
	f.Add("-1.50", "18.016")
	f.Add("99999999999999999999", "0.1")
	f.Fuzz(func(t *testing.T, a, b string) {
		var x, y, z Number
		if !x.Parse([]byte(a)) || !y.Parse([]byte(b)) {
			return
		}
		p, _ := new(big.Rat).SetString(a)
		q, _ := new(big.Rat).SetString(b)
		if x.Cmp(&y) != p.Cmp(q) {
			t.Fatalf("%s and %s compare otherwise", a, b)
		}
		z.Mul(&x, &y)
		z.Add(&z, &x)
		want := p.Add(p, q.Mul(p, q)) // a + a × b
		got := z.Append(nil)
		if r, ok := new(big.Rat).SetString(string(got)); !ok || r.Cmp(want) != 0 || bytes.ContainsAny(got, "eE+") {
			t.Fatalf("%s + %s × %s: got %s", a, a, b, got)
		}
	})
}

func BenchmarkScale(b *testing.B) {
	var n Number
	factor, value, buf := New("18.016"), []byte("5.5"), make([]byte, 0, 32)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = Scale(&n, buf[:0], value, factor, 1)
	}
}

// FuzzScale compares the short way with the long one.
func FuzzScale(f *testing.F) {
	f.Add("5.5", "18.016", uint8(1))
	f.Add("-0.25", "1", uint8(1))
	f.Add("2.5", "0.10", uint8(2))
	f.Fuzz(func(t *testing.T, value, factor string, places uint8) {
		var n, by Number
		if !by.Parse([]byte(factor)) || places > 20 {
			return
		}
		short, ok := scaleShort(nil, []byte(value), &by, int(places))
		if !ok {
			return
		}
		n.Parse([]byte(value))
		n.Mul(&n, &by)
		n.Round(&n, int(places))
		if long := n.Append(nil); !bytes.Equal(short, long) {
			t.Fatalf("%s × %s to %d: %s and %s", value, factor, places, short, long)
		}
	})
}
