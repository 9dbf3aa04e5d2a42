package rule

import (
	"strings"
	"testing"
)

// vitalExample is a record: type, value, unit, and what its records become, separated by " ; ".
type vitalExample struct{ kind, value, unit, want string }

func checkVitals(t *testing.T, examples []vitalExample) {
	t.Helper()
	b := openVitals(t, false)
	for _, e := range examples {
		var all []string
		for _, g := range b.split(e.kind, e.value, e.unit) {
			all = append(all, g.String())
			b.again(t, g)
		}
		if got := strings.Join(all, " ; "); got != e.want {
			t.Errorf("%s %q %q:\n got %s\nwant %s", e.kind, e.value, e.unit, got, e.want)
		}
	}
}

func TestUnitsOfVitals(t *testing.T) {
	checkVitals(t, []vitalExample{
		{"Temp", "98.6", "F", "37.0 I | Cel | unit STD-VIT-3 I"},
		{"Temp", "98.6 F", "", "37.0 I | Cel | unit STD-NUM-2 W"},
		{"Temp", "98.6°F", "", "37.0 I | Cel | unit STD-NUM-2 W"},
		{"Temp", "98.6 F", "°F", "37.0 I | Cel | unit STD-VIT-3 I"},
		{"Temp", "98.6 F", "C", "98.6 F kept E | Cel"},
		{"Temp", "98.6", "", "37.0 I | Cel | unit STD-VIT-3 W"},
		{"Temp", "37.2", "", "37.2 | Cel | unit STD-VIT-3 W"},
		{"Temp", "60", "", "60 kept W"},
		{"Temp", "37", "kg", "37 kept E | kg"},
		{"Temp", "37.5", "°C", "37.5 | Cel"},
		{"Weight", "150", "lb", "68.04 I | kg | unit STD-VIT-3 I"},
		{"Weight", "150 lbs", "", "68.04 I | kg | unit STD-NUM-2 W"},
		{"Weight", "120", "oz", "3.40 I | kg | unit STD-VIT-3 I"},
		{"Weight", "3500", "g", "3.500 I | kg | unit STD-VIT-3 I"},
		{"Weight", "70", "", "70 kept W"},
		{"Weight", "+70", "", "70 kept W"},
		{"Weight", "80.3", "kg", "80.3 | kg"},
		{"Weight", "70", "stones", "70 | stones E"},
		{"Weight", "+70", "stones", "70 I | stones E"},
		{"Height", "68", "in", "172.7 I | cm | unit STD-VIT-3 I"},
		{"Height", `68"`, "", "172.7 I | cm | unit STD-NUM-2 W"},
		{"Height", "5.5", "ft", "167.6 I | cm | unit STD-VIT-3 I"},
		{"Height", `5'10"`, "", "177.8 I | cm | unit STD-NUM-2 W"},
		{"Height", "5’10”", "", "177.8 I | cm | unit STD-NUM-2 W"},
		{"Height", "5 ft 10 in", "", "177.8 I | cm | unit STD-NUM-2 W"},
		{"Height", "5 feet 10.5 inches", "ft", "179.1 I | cm | unit STD-VIT-3 I"},
		{"Height", "6'", "ft", "182.9 I | cm | unit STD-VIT-3 I"},
		{"Height", `5'10"`, "cm", `5'10" kept E | cm`},
		{"Height", `5'14"`, "", `5'14" kept E`},
		{"Height", "1.80", "m", "180 I | cm | unit STD-VIT-3 I"},
		{"Height", "1.755", "m", "175.5 I | cm | unit STD-VIT-3 I"},
		{"Height", "1.8", "", "180 I | cm | unit STD-VIT-3 W"},
		{"Height", "170", "", "170 kept W"},
		{"Height", "2.9", "", "2.9 kept W"},
		{"head_circumference", "14", "in", "35.6 I | cm | unit STD-VIT-3 I"},
		{"head_circumference", "35", "", "35 kept W"},
		{"SBP", "16", "kPa", "120.0 I | mm[Hg] | unit STD-VIT-3 I"},
		{"DBP", "80", "", "80 | mm[Hg] | unit STD-VIT-3 I"},
		{"SpO2", "0.97", "1", "97 I | % | unit STD-VIT-3 I"},
		{"SpO2", "0.975", "", "97.5 I | % | unit STD-VIT-3 W"},
		{"SpO2", "1", "", "100 I | % | unit STD-VIT-3 W"},
		{"SpO2", "97", "", "97 | % | unit STD-VIT-3 I"},
		{"SpO2", "97%", "", "97 I | % | unit STD-NUM-2 W"},
		{"SpO2", "97", "1", "97 kept E | 1"},
		{"HR", "80", "bpm", "80 | /min"},
		{"HR", "80", "", "80 | /min | unit STD-VIT-3 I"},
		{"HR", "80", "{beats}/min", "80 | /min | unit STD-VIT-3 I"},
		{"RR", "18", "1/min", "18 | /min | unit STD-VIT-3 I"},
		{"BMI", "22.5", "kg/m²", "22.5 | kg/m2"},
		{"pain", "7", "", "7 | {score} | unit STD-VIT-3 I"},
		{"pain", "7", "1", "7 | {score} | unit STD-VIT-3 I"},
		{"pain", "7", "{score}", "7 | {score}"},
		{"HR", "fast", "bpm", "fast kept E | /min"},
		{"HR", "<40", "bpm", "<40 kept E | /min"},
		{"HR", "80-90", "bpm", "80-90 kept E | /min"},
		{"HR", "12..3", "bpm", "12..3 kept E | /min"},
		{"HR", "80 L", "", "80 L kept E"},
		{"HR", "", "bpm", "null | /min"},
		{"HR", "n/a", "", "null I unknown"},
		{"Mood", "7", "", "7"},
		{"Mood", "7 kg", "", "7 I | kg | unit STD-NUM-2 W"},
		{"Mood", "good", "", "good kept E"},
		{"", "120/80", "", "120/80 kept E"},
	})
}

func TestPressures(t *testing.T) {
	const i = " | unit STD-VIT-3 I"
	checkVitals(t, []vitalExample{
		{"BP", "120/80", "mmHg", "120 I | mm[Hg] ; 80 I | mm[Hg]"},
		{"BP", "120/80", "", "120 I | mm[Hg]" + i + " ; 80 I | mm[Hg]" + i},
		{"BP", "120 / 80 mmHg", "", "120 I | mm[Hg]" + i + " ; 80 I | mm[Hg]" + i},
		{"BP", "120 / 80 mmHg", "mmHg", "120 I | mm[Hg] ; 80 I | mm[Hg]"},
		{"BP", "80/120", "mmHg", "80 I | mm[Hg] ; 120 I | mm[Hg]"},
		{"BP", "120/palp", "mmHg", "120 W | mm[Hg]"},
		{"BP", "120", "mmHg", "120 kept E | mm[Hg]"},
		{"BP", "120/80 mmHg", "kPa", "120/80 mmHg kept E | kPa ; 120/80 mmHg kept E | kPa"},
		{"BP", "16/11", "kPa", "120.0 I | mm[Hg]" + i + " ; 82.5 I | mm[Hg]" + i},
		{"BP", "16/11 kPa", "", "120.0 I | mm[Hg] | unit STD-NUM-2 W ; 82.5 I | mm[Hg] | unit STD-NUM-2 W"},
		{"BP", "999/999", "mmHg", "null W unknown | mm[Hg] ; null W unknown | mm[Hg]"},
		{"BP", "120/80", "kg", "120 kept E | kg ; 80 kept E | kg"},
		{"BP", "120/80", "furlongs", "120 I | furlongs E ; 80 I | furlongs E"},
		{"SBP", "120/80", "mmHg", "120/80 kept E | mm[Hg]"},
	})
}
