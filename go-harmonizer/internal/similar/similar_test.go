package similar

import (
	"math"
	"strings"
	"testing"
)

func TestJaroWinklerVectorsOfTheBook(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"MARTHA", "MARHTA", 0.9611},
		{"DIXON", "DICKSONX", 0.8133},
		{"DWAYNE", "DUANE", 0.8400},
		{"GONZALEZ", "GONZALES", 0.9500},
		{"jon", "john", 0.9333},
		{"brith_date", "birth_date", 0.97},
		{"", "anything", 0},
		{"anything", "", 0},
		{"", "", 0},
		{"a", "a", 1},
		{"ab", "xy", 0},
		{"josé", "josé", 1},
	} {
		if got := JaroWinkler(c.a, c.b); math.Abs(got-c.want) > 0.00005 {
			t.Errorf("JaroWinkler(%q, %q) = %.4f, want %.4f", c.a, c.b, got, c.want)
		}
	}
}

func TestNoBoostUpToSevenTenths(t *testing.T) {
	// One of three letters in common at the front: Jaro is (1/3 + 1/3 + 1) / 3.
	if got, want := JaroWinkler("abc", "axy"), 5.0/9; math.Abs(got-want) > 1e-12 {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func TestLongTexts(t *testing.T) {
	long := strings.Repeat("abcdefghij", 20)
	if got := JaroWinkler(long, long); got != 1 {
		t.Fatalf("a long text and itself: %v", got)
	}
}

func FuzzJaroWinkler(f *testing.F) {
	f.Add("MARTHA", "MARHTA")
	f.Add("\xff", "é")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 200 || len(b) > 200 {
			return
		}
		one := JaroWinkler(a, b)
		if one < 0 || one > 1+1e-9 || a == b && a != "" && one < 1-1e-9 {
			t.Fatalf("out of range, or a text unlike itself: %v", one)
		}
		if most := Ceiling(len([]rune(a)), len([]rune(b)), inCommon(a, b), commonPrefix([]rune(a), []rune(b))); one > most+1e-9 {
			t.Fatalf("%v is above its ceiling %v", one, most)
		}
	})
}

func inCommon(a, b string) int {
	left := map[rune]int{}
	for _, r := range a {
		left[r]++
	}
	n := 0
	for _, r := range b {
		if left[r] > 0 {
			left[r]--
			n++
		}
	}
	return n
}

func TestNoAllocationForNames(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { JaroWinkler("gonzalez", "gonzales") }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
