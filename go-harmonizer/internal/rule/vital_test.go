package rule

import (
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// vitalBench standardizes records of vital signs field by field, as the plan does.
type vitalBench struct {
	kind, value, unit *bench
	second            *vitalBench // of harmonized files
}

func openVitals(t testing.TB, harmonized bool, values ...string) *vitalBench {
	var all []*bench
	for _, field := range []string{"vital_type", "value", "unit"} {
		c := column(t, "vital", field, nil)
		c.Harmonized = harmonized
		weigh := values
		if field != "value" {
			weigh = nil
		}
		all = append(all, open(t, c, weigh...))
	}
	b := &vitalBench{kind: all[0], value: all[1], unit: all[2]}
	if !harmonized {
		b.second = openVitals(t, true)
	}
	return b
}

// vitalGot is what a record became. Unit is the text of the output.
type vitalGot struct {
	kind, value, unit got
	Unit              string
}

// String writes value, unit, and the findings that value has about the field unit.
func (g vitalGot) String() string {
	text := g.value.String()
	if g.Unit != "" {
		text += " | " + g.Unit
	}
	if g.unit.Severity == "E" {
		text += " E"
	}
	for _, o := range g.value.Others {
		text += " | " + o
	}
	return text
}

func (b *vitalBench) run(kind, value, unit, part string) vitalGot {
	half := record.Null
	if part != "" {
		half = &record.Value{Text: []byte(part), Clean: []byte(part), Outcome: record.OK}
	}
	eval := func(b *bench, text string, peers ...*record.Value) *record.Value {
		return b.eval.Eval([]byte(text), peers, nil, new(Arena))
	}
	k, u := eval(b.kind, kind, half), eval(b.unit, unit)
	v := eval(b.value, value, k, u, half)
	g := vitalGot{kind: gotOf(k, nil), value: gotOf(v, b.value.chain.Derives()), unit: gotOf(u, nil)}
	g.Unit = g.unit.Text
	if derived, ok := g.value.Derived["unit"]; ok {
		g.Unit = derived
	}
	return g
}

// split makes the records of a row, as the plan does.
func (b *vitalBench) split(kind, value, unit string) []vitalGot {
	if IsBloodPressure([]byte(kind)) {
		switch SplitsBloodPressure([]byte(value)) {
		case TwoHalves:
			return []vitalGot{b.run(kind, value, unit, systolicBP), b.run(kind, value, unit, diastolicBP)}
		case SystolicOnly:
			return []vitalGot{b.run(kind, value, unit, systolicBP)}
		}
	}
	return []vitalGot{b.run(kind, value, unit, "")}
}

// again runs the output again as a record of a harmonized file: nothing may change, and errors and what was kept stay.
func (b *vitalBench) again(t *testing.T, g vitalGot) {
	t.Helper()
	second := b.second.split(g.kind.Text, g.value.Text, g.Unit)
	if len(second) != 1 {
		t.Fatalf("%s %s: %d records the second time", g.kind, g, len(second))
	}
	s := second[0]
	if s.kind.Text != g.kind.Text || s.value.Text != g.value.Text || s.Unit != g.Unit || s.value.Null != g.value.Null {
		t.Errorf("%s %s became %s %s", g.kind, g, s.kind, s)
	}
	if kept := g.value.Outcome == "kept"; kept && s.value.Outcome != "kept" || (g.value.Severity == "E") != (s.value.Severity == "E") {
		t.Errorf("%s: was %s, is %s", g.kind, g, s)
	}
}

func TestVitalTypes(t *testing.T) {
	accepted := map[string]string{
		"heart_rate":         "HR, pulse, Heart Rate, heartrate, bpm, 8867-4, LOINC:8867-4, heart_rate, HEART-RATE, Pulse Rate",
		"respiratory_rate":   "RR, resp, Respiratory Rate, resprate, 9279-1",
		"body_temperature":   "Temp, T, temperature, Body temperature, 8310-5",
		"blood_pressure":     "BP, NIBP, Art BP, Blood Pressure, 85354-9, b.p.",
		"systolic_bp":        "systolic, SBP, systolic_bp, bp_systolic, sys, 8480-6, Systolic Blood Pressure",
		"diastolic_bp":       "diastolic, DBP, diastolic_bp, bp_diastolic, dia, 8462-4, Diastolic Blood Pressure",
		"oxygen_saturation":  "SpO2, O2 Sat, o2sat, o2_sat, SaO2, Oxygen Saturation, pulse oximetry, 2708-6, 59408-5, Ｏ２ Ｓａｔ",
		"body_weight":        "Weight, wt, Body Weight, 29463-7",
		"body_height":        "Height, ht, Body Height, 8302-2",
		"bmi":                "BMI, original_bmi, Body Mass Index, 39156-5",
		"head_circumference": "head circumference, 9843-4, Head Occipital-frontal circumference",
		"pain_score":         "pain, pain_score, 72514-3, Pain severity - 0-10 verbal numeric rating [Score] - Reported",
	}
	for token, spellings := range accepted {
		for _, s := range append(strings.Split(spellings, ", "), token) {
			g := run(t, "vital", "vital_type", nil, s)
			if g.Text != token || g.Severity == "E" || (s == token) != (g.Severity == "") {
				t.Errorf("%q: got %s, want %s", s, g, token)
			}
			again(t, "vital", "vital_type", nil, g)
			if !IsVitalType([]byte(s)) || !IsVitalType([]byte("\u00a0 "+s+"\u200b ")) {
				t.Errorf("%q is no type before its turn", s)
			}
		}
	}
	if len(accepted) != len(vitals().byToken) {
		t.Errorf("%d types are tested of %d", len(accepted), len(vitals().byToken))
	}
	for _, s := range []string{"Mood", "8867-5", "59576-9", "88674", "temps", "Body mass index (BMI) [Percentile] Per age and gender",
		"Weight-for-length Per age and sex", strings.Repeat("hr", 80)} {
		if g := run(t, "vital", "vital_type", nil, s); g.String() != s+" kept E" {
			t.Errorf("%q: got %s", s, g)
		}
		if IsVitalType([]byte(s)) {
			t.Errorf("%q is a type", s)
		}
	}
	if IsVitalType(nil) || IsVitalType([]byte("  ")) || IsVitalType([]byte("\ufffd")) {
		t.Error("nothing is a type")
	}
}

func TestHalvesAreTypes(t *testing.T) {
	b := openVitals(t, false)
	g := b.run("Blood Pressure", "120/80", "mmHg", diastolicBP)
	if g.kind.String() != "diastolic_bp I" || g.kind.Rules[0] != "STD-VIT-2" {
		t.Errorf("got %s of %v", g.kind, g.kind.Rules)
	}
	c := column(t, "vital", "vital_type", nil)
	c.Header = "" // a wide file has no column of types
	if g := open(t, c).run("blood_pressure", "_part=systolic_bp"); g.String() != "systolic_bp" {
		t.Errorf("wide: got %s", g)
	}
	for token := range vitals().byToken {
		if g := open(t, c).run(token); g.String() != token {
			t.Errorf("wide: got %s", g)
		}
	}
}

func TestSplits(t *testing.T) {
	for raw, want := range map[string]Split{
		"120/80": TwoHalves, "120 / 80 mmHg": TwoHalves, " 120/80 ": TwoHalves, "120\u00a0/\u00a080": TwoHalves, `120\80`: TwoHalves,
		"120|80": TwoHalves, "120-80": TwoHalves, "120\u201380": TwoHalves, "１２０／８０": TwoHalves, "\t120/80\u200b": TwoHalves,
		"80/120": TwoHalves, "120/80 (sitting)": TwoHalves, "120/80 mmHg (L arm)": TwoHalves, "120/80 (sitting) mm[Hg]": TwoHalves,
		"16/11 kPa": TwoHalves, "120/8": TwoHalves, "120/80mm Hg": TwoHalves,
		"120/P": SystolicOnly, "120/palp": SystolicOnly, "120 / Palp mmHg": SystolicOnly, "120/palpated": SystolicOnly,
		"120": NoSplit, "": NoSplit, "120/": NoSplit, "/80": NoSplit, "1200/80": NoSplit, "120/8000": NoSplit, "9/80": NoSplit,
		"120/80/60": NoSplit, "120/80.5": NoSplit, "120/80 kg": NoSplit, "120/80 (": NoSplit, "120/80 )(": NoSplit, "-120/80": NoSplit,
		"120/80 120/80": NoSplit, "120/x": NoSplit, "120/palpx": NoSplit, "N/A": NoSplit, "120 80": NoSplit, "120/80 (\xff)": NoSplit,
		"120/80 mmHg (a) mmHg": NoSplit,
	} {
		if got := SplitsBloodPressure([]byte(raw)); got != want {
			t.Errorf("%q: got %d, want %d", raw, got, want)
		}
	}
	for raw, want := range map[string]bool{"BP": true, " blood  pressure ": true, "85354-9": true, "SBP": false, "": false, "120/80": false} {
		if IsBloodPressure([]byte(raw)) != want {
			t.Errorf("%q: want %v", raw, want)
		}
	}
}
