package rule

import "testing"

func TestAges(t *testing.T) {
	cases := []struct{ in, want, value, unit string }{
		{"045Y", "045Y", "45", "a"},
		{"018M", "018M", "18", "mo"},
		{"003W", "003W", "3", "wk"},
		{"010D", "010D", "10", "d"},
		{"45Y", "45Y W", "45", "a"},
		{"45y", "45y", "45", "a"},
		{"6 mo", "6 mo", "6", "mo"},
		{"45", "45", "45", "a"},
		{"45.5", "45.5", "45.5", "a"},
		{"0", "0", "0", "a"},
		{"45 a", "45 a", "45", "a"},
		{"18 mo", "18 mo", "18", "mo"},
		{"3 wk", "3 wk", "3", "wk"},
		{"10 d", "10 d", "10", "d"},
		{"45 years", "45 years", "45", "a"},
		{"45 Yrs", "45 Yrs", "45", "a"},
		{"45 y/o", "45 y/o", "45", "a"},
		{"300", "300 kept E", "", ""},
		{"130", "130", "130", "a"},
		{"131", "131 kept E", "", ""},
		{"999M", "999M", "999", "mo"},
		{"-1", "null W unknown", "", ""},
		{"999", "null W unknown", "", ""},
		{"99", "99", "99", "a"},
		{"-5", "-5 kept E", "", ""},
		{"forty", "forty kept E", "", ""},
		{"4 5", "4 5 kept E", "", ""},
		{"45 ", "45 I", "45", "a"},
		{"45 moons", "45 moons kept E", "", ""},
		{".5", ".5 kept E", "", ""},
		{"91", "91", "91", "a"},
	}
	for _, c := range cases {
		g := run(t, "patient", "age", nil, c.in)
		if g.String() != c.want || g.Derived["age_value"] != c.value || g.Derived["age_unit"] != c.unit {
			t.Errorf("%q: got %q %v, want %q %s %s", c.in, g, g.Derived, c.want, c.value, c.unit)
		}
		if second := again(t, "patient", "age", nil, g); !g.Null && second.Derived["age_value"] != c.value {
			t.Errorf("%q again: %v", c.in, second.Derived)
		}
	}
}

func TestAgeMasks(t *testing.T) {
	c := column(t, "patient", "age", nil)
	c.Key = "anchor_age"
	if g := open(t, c).run("91"); g.String() != "91 W" || g.Rules[0] != "VAL-AGE-1" {
		t.Errorf("got %q %v", g, g.Rules)
	}
	if g := run(t, "patient", "age", nil, "300"); g.Notes["VAL-AGE-1"] != "age above 130, may be masked; kept" {
		t.Errorf("300 says %v", g.Notes)
	}
	if g := run(t, "imaging_study", "patient_age", nil, "045Y"); g.String() != "045Y" || len(g.Derived) != 0 {
		t.Errorf("imaging: got %q %v", g, g.Derived)
	}
}
