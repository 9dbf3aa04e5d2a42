package calendar

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDaysComeBack(t *testing.T) {
	at := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for ; at.Year() < 10000; at = at.AddDate(0, 0, step(at.Year())) {
		n := Days(at.Year(), int(at.Month()), at.Day())
		y, m, d := Day(n)
		if int64(n)*86400 != at.Unix() || y != at.Year() || m != int(at.Month()) || d != at.Day() || !Valid(y, m, d) {
			t.Fatalf("%s: day %d, back %d-%d-%d", at, n, y, m, d)
		}
	}
}

// step goes day by day through the years that occur, all kinds of leap years among them.
func step(year int) int {
	if year > 1790 && year < 2110 {
		return 1
	}
	return 29
}

func TestDaysThatDoNotExist(t *testing.T) {
	for _, d := range [][3]int{{0, 1, 1}, {10000, 1, 1}, {2024, 0, 1}, {2024, 13, 1}, {2024, 1, 0}, {2024, 4, 31}, {2023, 2, 29}, {1900, 2, 29}} {
		if Valid(d[0], d[1], d[2]) {
			t.Errorf("%v exists", d)
		}
	}
}

// FuzzQuick holds what is read quickly to the grammar.
func FuzzQuick(f *testing.F) {
	for _, date := range []string{"2024-03-05", "2024/03/05", "2024.13.45", "03/04/2024", "31.12.2024", "00-04-2024", "05-Mar-2024", "05/Mar-2024",
		"05-Mrz-2024", "2024-00-05", "20240305", "20240305100000", "03/04-2024", "2024-3-05", "05.Mar.2024"} {
		for _, time := range []string{"", " 10:00", "T10:00:30", "T10:00", " 10:00:30", " 10:00 AM", " 12:61 pm", " 00:00 xm", " 24:00:00", " 25:00",
			"T10:00:30Z", " 10:00:30 PM", " 10:00PM", " 1:00 PM", ":10:00:00", "t10:00:30", " 10:00:3", " 10:00 ", "  10:00", "1", "-1"} {
			f.Add([]byte(date + time))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var fast, slow Reading
		if quick(text, &fast) && (!parse(text, &slow) || !reflect.DeepEqual(fast, slow)) {
			t.Fatalf("%q: %+v, by the grammar %+v", text, fast, slow)
		}
	})
}

// The texts stand with what the grammar alone makes of them: the kind, the moment or numbers, and marks.
func TestParse(t *testing.T) {
	cases := []struct{ text, want string }{
		{"2024-03-05", "fixed 2024-03-05 canonical"},
		{"2024-3-5", "fixed 2024-03-05"},
		{"2024-03", "fixed 2024-03 canonical"},
		{"2024-3", "unreadable"},
		{"2024-03-05T10:00:00Z", "fixed 2024-03-05T10:00:00Z canonical"},
		{"2024-03-05T10:00:00z", "fixed 2024-03-05T10:00:00Z"},
		{"2024-03-05T10:00:00-00:00", "fixed 2024-03-05T10:00:00-00:00 canonical"},
		{"2024-03-05T10:00", "fixed 2024-03-05T10:00:00"},
		{"2024-03-05T10:00:00.", "unreadable"},
		{"2024-03-05T", "unreadable"},
		{"2024-03-05 ", "unreadable"},
		{"2024-13-45", "fixed 2024-13-45 canonical"},
		{"2024-UNK-UN", "fixed 2024 missing"},
		{"2024-00-05", "fixed 2024 missing"},
		{"03/04/2024", "pair 3 4 2024"},
		{"03/04-2024", "unreadable"},
		{"03/04/024", "unreadable"},
		{"3.4.24 9 pm", "pair 3 4 24"},
		{"00/04/2024", "fixed 2024-04 missing"},
		{"??/04/2024", "fixed 2024-04 missing"},
		{"UN/UN/2024", "fixed 2024 missing"},
		{"UN-MAR-24", "fixed 0024-03 missing"},
		{"5-Mar-24", "fixed 0024-03-05"},
		{"5 Marc 2024", "unreadable"},
		{"Mar 5 24", "unreadable"},
		{"Mon Mar 5 2024", "fixed 2024-03-05"},
		{"Moon 2024-03-05", "unreadable"},
		{"05MAR2024:10:00:00", "fixed 2024-03-05T10:00:00"},
		{"2024-03-05:10:00:00", "unreadable"},
		{"2024-03-05 25:00", "fixed 2024-03-05T00:00:00 impossible"},
		{"2024-03-05 10:00 +15", "fixed 2024-03-05T10:00:00+15:00 impossible"},
		{"2024-03-05 10:00 EST", "fixed 2024-03-05T10:00:00 abbreviated"},
		{"2024-03-05 10", "unreadable"},
		{"20240305", "digits 20240305"},
		{"20240305 10:00", "digits 20240305"},
		{"2024 10:00", "unreadable"},
		{"45658.5", "digits 45658"},
		{"7306.25", "digits 7306"},
		{"12.5", "digits 12"},
		{"-86400", "digits 86400"},
		{"--86400", "unreadable"},
		{"202403051405+0100", "digits 202403051405"},
		{"20240305+0100", "unreadable"},
		{"", "unreadable"},
		{"T10:00", "unreadable"},
		{"?", "unreadable"},
		{"Mar", "unreadable"},
	}
	var r Reading
	for _, c := range cases {
		if ok := Parse([]byte(c.text), &r); ok != (c.want != "unreadable") || describe(&r) != c.want {
			t.Errorf("%q: got %q, want %q", c.text, describe(&r), c.want)
		}
	}
}

func describe(r *Reading) string {
	s := ""
	switch r.Kind {
	case Unreadable:
		return "unreadable"
	case Fixed:
		s = "fixed " + string(r.Append(nil))
	case Pair:
		s = fmt.Sprintf("pair %d %d %d", r.First, r.Second, r.Year)
	case Digits:
		s = "digits " + string(r.Number)
	}
	for _, mark := range []struct {
		on   bool
		name string
	}{{r.Canonical, "canonical"}, {r.Missing, "missing"}, {r.Impossible, "impossible"}, {r.Zone.Kind == Abbreviated, "abbreviated"}} {
		if mark.on {
			s += " " + mark.name
		}
	}
	return s
}

func TestNothingAllocates(t *testing.T) {
	texts := [][]byte{[]byte("2024-03-05T14:05:00.25-05:00"), []byte("09/19/2024 10:15 AM"), []byte("Tuesday, 5 March 2024 10:00 EST"),
		[]byte("20240305140530.25-0500"), []byte("nothing of the kind")}
	var r Reading
	out := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		for _, text := range texts {
			if Parse(text, &r) {
				out = r.Append(out[:0])
			}
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"2024-03-05T14:05:00.25-05:00", "09/19/2024 10:15 AM", "UN-MAR-2024", "Mar 5, 2024, 3 PM UTC", "2024-366"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var r, again Reading
		if !Parse(text, &r) || r.Kind != Fixed || r.YearDigits != 4 || r.Impossible || !r.Exists() || r.Month == 0 {
			return
		}
		out := r.Append(nil)
		if r.Clock.Has && !r.Full() || r.Clock.Hour == 24 {
			return
		}
		if !Parse(out, &again) || !again.Canonical || r.Canonical && string(out) != string(text) {
			t.Errorf("%q is written %q, which is not canonical", text, out)
		}
	})
}
