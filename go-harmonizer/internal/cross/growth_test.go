package cross

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// growthOf reads lines "type value time"; w, h and b are weight, height and body mass index. ! before the type is an error, an age
// may follow the time.
func growthOf(text string) []Growth {
	var all []Growth
	for i, line := range strings.Split(text, "; ") {
		cells := append(strings.Fields(line), "")
		kind, flawed := strings.CutPrefix(cells[0], "!")
		g := Growth{Value: cells[1], Effective: cells[2], Order: int64(i), Flawed: flawed}
		switch kind {
		case "w":
			g.Type, g.Unit = "body_weight", "kg"
		case "h":
			g.Type, g.Unit = "body_height", "cm"
		case "b":
			g.Type, g.Unit = "bmi", "kg/m2"
		}
		if _, err := fmt.Sscan(cells[3], &g.Age); err == nil {
			g.AgeKnown = true
		}
		all = append(all, g)
	}
	return all
}

func TestJudgeGrowth(t *testing.T) {
	for _, e := range []struct{ in, want string }{
		{"w 80 2024-01-01; h 150 2024-01-01; b 22 2024-01-01", "[2]"},
		{"w 80 2024-01-01; h 150 2024-01-01; b 35.6 2024-01-01", "[]"},
		{"b 22 2024-01-01; w 80 2024-01-01; h 150 2024-01-01", "[2]"},                            // the later reading
		{"w 80 2024-01-01T09:00:00; h 150 2024-01-01T08:00:00; b 22 2024-01-01T07:00:00", "[0]"}, // by time, not by place
		{"w 80 2024-01-01; h 150 2024-01-01; b 22 2024-01-02", "[]"},
		{"w 80 2024-01-01; h 150 2023-12-31; b 22 2024-01-01", "[]"},
		{"w 90 2024-01-01T08:00:00; w 80 2024-01-01T09:00:00; h 200 2024-01-01; b 20.0 2024-01-01T10:00:00", "[]"}, // the last weight
		{"w 80 2024-01-01T08:00:00; w 90 2024-01-01T09:00:00; h 200 2024-01-01; b 20.0 2024-01-01T10:00:00", "[3]"},
		{"w 80 2024-01-01; h 200 2024-01-01; b 21 2024-01-01", "[]"}, // 5 % exactly
		{"w 80 2024-01-01; h 200 2024-01-01; b 21.01 2024-01-01", "[2]"},
		{"w 80 2024-01-01; h 200 2024-01-01; b 19 2024-01-01", "[]"},
		{"w 80 2024-01-01; h 200 2024-01-01; b 18.99 2024-01-01", "[2]"},
		{"!w 80 2024-01-01; h 150 2024-01-01; b 22 2024-01-01", "[]"},
		{"w 80 2024-01-01; h 150 2024-01-01; !b 22 2024-01-01", "[]"},
		{"w 80 2024-01-01; h 0 2024-01-01; b 22 2024-01-01", "[]"},
		{"w 80 2024-01-01T23:30:00-05:00; h 150 2024-01-01T23:30:00-05:00; b 22 2024-01-01T23:45:00-05:00", "[2]"},

		{"h 170 2024-01-01; h 180 2024-01-31", "[]"},
		{"h 170 2024-01-01; h 180.1 2024-01-31", "[1]"},
		{"h 180.1 2024-01-31; h 170 2024-01-01", "[0]"},
		{"h 180.1 2024-01-01; h 170 2024-01-01", "[1]"}, // the same time: by place
		{"h 170 2024-01-01; h 190 2024-02-01", "[]"},    // 31 days
		{"h 170 2024-01-01; h 185 2024-01-10 18", "[1]"},
		{"h 100 2024-01-01; h 115 2024-01-10 17", "[]"},
		{"h 170 2024-01-01; !h 17 2024-01-02; h 170 2024-01-03", "[]"},
		{"h 170 2024-01-01; h 190 2024-01-02; h 170 2024-01-03", "[1 2]"}, // with the one before, not the first

		{"w 80 2024-01-01; w 120 2024-01-31T23:00:00", "[]"},
		{"w 80 2024-01-01; w 120.1 2024-01-31T23:00:00", "[1]"},
		{"w 80 2024-01-01; w 40 2024-01-02", "[]"},
		{"w 80 2024-01-01; w 39.9 2024-01-02", "[1]"},
		{"w 80 2024-01-01; w 39.9 2024-01-02 3", "[1]"}, // at any age
		{"w 0 2024-01-01; w 80 2024-01-02", "[1]"},
		{"w 80 2024-01; w 200 2024-01", "[]"}, // no day
		{"w 80 2024-01-01; w 200 not-a-date; w x 2024-01-02", "[]"},
		{"w 80 2024-01-01T08:00:00.5; w 200 2024-01-01T08:00:00.25", "[0]"},
		{"w 80 2024-01-01T08:00:00Z; w 200 2024-01-01T08:00:00+02:00", "[0]"},
		{"w 80 2024-01-01; h 150 2024-01-01; b 22 2024-01-01; w 300 2024-01-01", "[3]"}, // two reasons, one warning
	} {
		got := []int{}
		for i, f := range JudgeGrowth(growthOf(e.in)) {
			got = append(got, i)
			if f.Rule != "VAL-VIT-3" || f.Severity != record.Warning || f.Message == "" {
				t.Errorf("%s: %+v", e.in, f)
			}
		}
		slices.Sort(got)
		if fmt.Sprint(got) != e.want {
			t.Errorf("%s: got %v, want %s", e.in, got, e.want)
		}
	}
}

func TestGrowthInOtherUnits(t *testing.T) {
	records := growthOf("w 80 2024-01-01; w 200 2024-01-02")
	records[1].Unit = ""
	if found := JudgeGrowth(records); len(found) != 0 {
		t.Errorf("a weight without a unit: %v", found)
	}
	records[1].Type, records[1].Unit = "heart_rate", "kg"
	if found := JudgeGrowth(records); len(found) != 0 {
		t.Errorf("a heart rate: %v", found)
	}
}

// TestGrowthInAnyOrder tests that the order in which the records are fetched is not seen.
func TestGrowthInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		var lines []string
		for range 12 {
			lines = append(lines, fmt.Sprintf("%c %d 2024-01-%02d", "whb"[random.IntN(3)], 20+random.IntN(160), 1+random.IntN(4)))
		}
		records := growthOf(strings.Join(lines, "; "))
		want := map[int64]string{}
		for i, f := range JudgeGrowth(records) {
			want[records[i].Order] = f.Message
		}
		random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		got := JudgeGrowth(records)
		if len(got) != len(want) {
			t.Fatalf("%d findings, then %d", len(want), len(got))
		}
		for i, f := range got {
			if want[records[i].Order] != f.Message {
				t.Fatalf("another finding about record %d", records[i].Order)
			}
		}
	}
}

func TestInstant(t *testing.T) {
	for _, text := range []string{"", "2024", "2024-01", "2024-13-01", "2024-02-30", "2024/01/01", "2024-01-01T08", "2024-01-01 08:00:00",
		"2024-01-01T08:00:00+5", "20240101xx"} {
		if new(instant).parse(text) {
			t.Errorf("%q was read", text)
		}
	}
	ordered := []string{"2023-12-31T23:00:00-05:00", "2024-01-01T04:00:00.0001Z", "2024-01-01T04:00:00.001", "2024-01-01T04:00:01", "2024-01-02"}
	for i := 1; i < len(ordered); i++ {
		var a, b instant
		if !a.parse(ordered[i-1]) || !b.parse(ordered[i]) || a.compare(b) >= 0 || b.compare(a) <= 0 || a.compare(a) != 0 {
			t.Errorf("%s is not before %s", ordered[i-1], ordered[i])
		}
	}
}
