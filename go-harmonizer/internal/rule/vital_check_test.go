package rule

import (
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestVitalSentinels(t *testing.T) {
	checkVitals(t, []vitalExample{
		{"Weight", "999.9", "kg", "null W unknown | kg"},
		{"Weight", "999.9", "", "null W unknown"}, // a missing unit counts as canonical
		{"Weight", "999 lb", "", "null W unknown"},
		{"Weight", "99", "", "99 kept W"},
		{"Weight", "888", "stones", "888 | stones E"},
		{"HR", "99", "bpm", "99 | /min"},
		{"HR", "999", "bpm", "null W unknown | /min"},
		{"HR", "-1", "", "null W unknown"},
		{"HR", "777", "", "null W unknown"},
		{"Temp", "99", "F", "37.2 I | Cel | unit STD-VIT-3 I"},
		{"Temp", "99", "", "37.2 I | Cel | unit STD-VIT-3 W"},
		{"Temp", "99", "C", "null W unknown | Cel"},
		{"Temp", "999", "", "null W unknown"},
		{"SpO2", "-9", "%", "null W unknown | %"},
		{"Height", "-1", "", "null W unknown"},
		{"head_circumference", "99", "cm", "99 | cm"}, // no range
		{"Mood", "99", "", "99"},
	})
}

func TestVitalPlausibility(t *testing.T) {
	// Each bound is inside; the value beyond it is not.
	for _, e := range []struct{ kind, unit, wrongLow, low, high, wrongHigh string }{
		{"HR", "/min", "-2|0 W 19|20", "20", "300", "301 W 390|391"},
		{"RR", "/min", "-2|0 W 2.9|3", "3", "100", "101 W 330|331"},
		{"Temp", "Cel", "14.1|14.2 W 29.9|30", "30", "43", "43.1 W 47|47.1"},
		{"SBP", "mm[Hg]", "-2|0 W 39|40", "40", "270", "271 W 375|376"},
		{"DBP", "mm[Hg]", "-2|0 W 19|20", "20", "200", "201 W 375|376"},
		{"SpO2", "%", "-2|0 W 49.9|50", "50", "100", "|100.1"},
		{"Weight", "kg", "-2|0 W 0.2|0.3", "0.3", "350", "350.1 W 700|700.1"},
		{"Height", "cm", "-2|0 W 24.9|25", "25", "240", "240.1 W 275|275.1"},
		{"BMI", "kg/m2", "4.9|5 W 9.9|10", "10", "100", "100.1 W 250|250.1"},
		{"pain", "{score}", "-2|0", "0", "10", "|11"},
	} {
		b := openVitals(t, false)
		expect := func(value, severity string) {
			if g := b.run(e.kind, value, e.unit, ""); value != "" && (g.value.Severity != severity || g.value.Outcome != "ok" || g.value.Text != value) {
				t.Errorf("%s %s: got %s of %v, want %q", e.kind, value, g, g.value.Notes, severity)
			} else if severity != "" && value != "" && !slices.Equal(g.value.Rules, []string{"VAL-VIT-1"}) {
				t.Errorf("%s %s: rules %v", e.kind, value, g.value.Rules)
			}
		}
		expect(e.low, "")
		expect(e.high, "")
		below, rest, _ := strings.Cut(e.wrongLow, "|")
		expect(below, "E")
		if low, high, ok := strings.Cut(strings.Split(rest, "|")[0], " W "); ok {
			expect(low, "W")
			expect(high, "W")
		}
		first, above, _ := strings.Cut(e.wrongHigh, "|")
		expect(above, "E")
		if low, high, ok := strings.Cut(first, " W "); ok {
			expect(low, "W")
			expect(high, "W")
		}
	}
	checkVitals(t, []vitalExample{
		{"HR", "400", "bpm", "400 E | /min"},
		{"Temp", "44", "C", "44 W | Cel"},
		{"Temp", "115", "F", "46.1 W | Cel | unit STD-VIT-3 I"},
		{"SpO2", "105", "%", "105 E | %"},
		{"SpO2", "0", "", "0 W | % | unit STD-VIT-3 W"},
	})
}

func TestVitalMarks(t *testing.T) {
	b := openVitals(t, false, "36,6", "38,25 C", "120/80", "37,1")
	for in, want := range map[string]string{"36,6": "36.6 W | Cel", "98,6 F": "98,6 F kept E | Cel", "1,234": "1.234 E | Cel"} {
		if g := b.run("Temp", in, "C", ""); g.String() != want {
			t.Errorf("%s: got %s, want %s", in, g, want)
		}
	}
	if g := b.run("Weight", "150,5", "lb", ""); g.String() != "68.27 W | kg | unit STD-VIT-3 I" {
		t.Errorf("got %s", g)
	}
	if g := openVitals(t, true).run("Temp", "36,6", "Cel", ""); g.String() != "36,6 kept E | Cel" {
		t.Errorf("harmonized: got %s", g)
	}
}

func TestVitalSuspects(t *testing.T) {
	counters := NewCounters()
	c := column(t, "vital", "value", nil)
	e := NewEvaluator(chainOf(t, c), Hygiene(), counters, false)
	fill := func(kind, value, unit string, n int) {
		peer := func(s string) *record.Value { return &record.Value{Text: []byte(s), Outcome: record.OK} }
		v := e.Eval([]byte(value), []*record.Value{peer(kind), peer(unit), record.Null}, nil, new(Arena))
		counters.Tally(v.Tally, int64(n))
	}
	conclude := func() int {
		counts := map[string]int64{}
		for _, k := range counters.All {
			if k.Finding.Rule == "" {
				counts[k.Finding.Message] += k.Count
			}
		}
		return len(readings().Conclude(c, counts))
	}
	fill("heart_rate", "80", "/min", 300)
	fill("heart_rate", "99", "/min", 19)
	fill("oxygen_saturation", "100", "%", 5)
	if n := conclude(); n != 0 {
		t.Errorf("19 of 319: %d findings", n)
	}
	fill("heart_rate", "99", "/min", 1)
	if n := conclude(); n != 1 {
		t.Errorf("20 of 320: %d findings", n)
	}
	fill("heart_rate", "130", "/min", 1)
	if n := conclude(); n != 0 {
		t.Errorf("not the greatest: %d findings", n)
	}
}

func BenchmarkVitalValue(b *testing.B) {
	c := column(b, "vital", "value", nil)
	e := NewEvaluator(chainOf(b, c), Hygiene(), NewCounters(), false)
	value := func(s string) *record.Value { return &record.Value{Text: []byte(s), Outcome: record.OK} }
	for name, peers := range map[string][]*record.Value{
		"same":    {value("body_temperature"), value("Cel"), record.Null},
		"convert": {value("body_weight"), value("[lb_av]"), record.Null},
	} {
		b.Run(name, func(b *testing.B) {
			var arena Arena
			text := []byte("37.4")
			b.ReportAllocs()
			for b.Loop() {
				e.Eval(text, peers, nil, &arena)
				arena.Reset()
			}
		})
	}
}

func BenchmarkVitalSplits(b *testing.B) {
	kind, text := []byte("Blood Pressure"), []byte("120/80")
	b.ReportAllocs()
	for b.Loop() {
		if !IsBloodPressure(kind) || SplitsBloodPressure(text) != TwoHalves {
			b.Fatal("not split")
		}
	}
}

// TestVitalsAgain runs every type with values and units of all kinds twice.
func TestVitalsAgain(t *testing.T) {
	values := []string{"", "n/a", "0", "0.5", "1", "1.75", "2.9", "7", "16/11", "36,6", "1,234", "37", "60", "70.50", "98.6", "98.6 F", "99", "120",
		"120/80", "80/120 mmHg", "120/palp", "16/11 kPa", "777", "999.9", "-1", "-0", "+5", "1e2", ".5", "12..3", "150 lb", `5'10"`, "5 ft", "68 in",
		"97%", "0.97 1", "80 L", "<40", "fast", "120/80 (sitting)", "999/999", "７０"}
	units := []string{"", "F", "°C", "kg", "lb", "oz", "g", "cm", "m", "in", "ft", "mmHg", "kPa", "%", "1", "bpm", "{beats}/min", "{score}", "kg/m2",
		"stones", "mg/dL", "n/a"}
	kinds := []string{"", "Mood"}
	for token := range vitals().byToken {
		kinds = append(kinds, token)
	}
	b := openVitals(t, false)
	for _, kind := range kinds {
		for _, value := range values {
			for _, unit := range units {
				for _, g := range b.split(kind, value, unit) {
					b.again(t, g)
				}
			}
		}
	}
}
