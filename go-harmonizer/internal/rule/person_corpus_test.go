package rule

import (
	"maps"
	"strings"
	"testing"
)

// persons runs a column of a file of patients of the shared data. Peers are "field=header".
func persons(t *testing.T, file, field, header string, peers ...string) []got {
	t.Helper()
	rows := sharedRows(t, file)
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	c := column(t, "patient", field, nil)
	var texts []string
	for _, row := range rows[1:] {
		texts = append(texts, row[at[header]])
	}
	b, all := open(t, c, texts...), []got(nil)
	for i, row := range rows[1:] {
		var beside []string
		for _, p := range peers {
			name, column, _ := strings.Cut(p, "=")
			beside = append(beside, name+"="+run(t, "patient", name, nil, row[at[column]]).Text)
		}
		g := b.run(texts[i], beside...)
		again(t, "patient", field, nil, g, beside...)
		all = append(all, g)
	}
	return all
}

// countOf counts texts, "null", outcomes and severities.
func countOf(all []got) map[string]int {
	counts := map[string]int{}
	for _, g := range all {
		if g.Null {
			g.Text = "null"
		}
		for _, key := range []string{g.Text, "is " + g.Outcome, "is " + g.Severity} {
			counts[key]++
		}
	}
	return counts
}

// TestSamplePersons holds the counts of section 13 of the rule book.
func TestSamplePersons(t *testing.T) {
	cases := []struct {
		field, header string
		peers         []string
		want          map[string]int
	}{
		{"gender", "gender", nil, map[string]int{"male": 22, "female": 20, "other": 38, "unknown": 20, "is kept": 0}},
		{"race", "race", nil, map[string]int{"declined": 13, "unknown": 8, "multiple": 6, "other": 16, "is W": 6, "is kept": 0}},
		{"ethnicity", "ethnicity", nil, map[string]int{hispanic: 19, notHispanic: 27, "declined": 26, "unknown": 28, "is kept": 0}},
		{"marital_status", "marital_status", nil, map[string]int{"never_married": 16, "married": 15, "divorced": 19, "widowed": 20,
			"separated": 14, "unknown": 16, "is kept": 0}},
		{"phone", "phone_number", nil, map[string]int{"null": 2, "is changed": 98, "is W": 41, "is kept": 0}},
		{"postal_code", "zip_code", []string{"state=state"}, map[string]int{"is W": 98, "is E": 0, "null": 0}},
		{"state", "state", nil, map[string]int{"is ok": 100}},
		{"blood_type", "blood_type", nil, map[string]int{"null": 35, "is ok": 100, "is kept": 0}},
		{"email", "email", nil, map[string]int{"null": 20, "is kept": 0, "is W": 0}},
		{"first_name", "first_name", nil, map[string]int{"is kept": 0}},
	}
	for _, c := range cases {
		got := countOf(persons(t, "seed-sample-data/patients.csv", c.field, c.header, c.peers...))
		maps.DeleteFunc(got, func(key string, _ int) bool { _, asked := c.want[key]; return !asked })
		maps.DeleteFunc(c.want, func(_ string, n int) bool { return n == 0 })
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.field, got, c.want)
		}
	}
	trimmed := 0
	for _, g := range persons(t, "seed-sample-data/patients.csv", "pcp_name", "primary_care_provider") {
		if g.Outcome != "changed" || strings.HasPrefix(g.Text, "Dr") {
			t.Errorf("provider %q", g)
		}
		if g.Rules[0] == "STD-TXT-1" {
			trimmed++
		}
	}
	if trimmed != 47 {
		t.Errorf("%d names of providers trimmed, want 47", trimmed)
	}
}

// TestSyntheaPersons holds that clean data stays as it is, but for digits in made-up names and codes that become words.
func TestSyntheaPersons(t *testing.T) {
	for field, header := range map[string]string{"gender": "GENDER", "race": "RACE", "ethnicity": "ETHNICITY", "marital_status": "MARITAL",
		"state": "STATE", "prefix": "PREFIX", "maiden_name": "MAIDEN"} {
		if n := countOf(persons(t, "synthea-csv/patients.csv", field, header)); n["is kept"]+n["is W"]+n["is E"] > 0 {
			t.Errorf("%s: %v", field, n)
		}
	}
	for field, header := range map[string]string{"first_name": "FIRST", "last_name": "LAST"} {
		for _, g := range persons(t, "synthea-csv/patients.csv", field, header) {
			if g.Outcome != "kept" || g.Severity != "W" {
				t.Errorf("%s %q", field, g)
			}
		}
	}
	n := countOf(persons(t, "synthea-csv/patients.csv", "postal_code", "ZIP", "state=STATE"))
	if n["is W"]+n["is E"]+n["is kept"] > 0 {
		t.Errorf("postal codes: %v", n)
	}
}

// TestFebrlPersons holds that Australian records are neither changed nor guessed at when the country is said.
func TestFebrlPersons(t *testing.T) {
	b := open(t, column(t, "patient", "state", params(func(p *Params) { p.DefaultCountry = "AU" })))
	for _, row := range sharedRows(t, "febrl/dataset1.csv")[1:] {
		text := strings.TrimSpace(row[8])
		if g := b.run(row[8]); g.Text != text || g.Severity == "E" || g.Severity == "W" {
			t.Errorf("state %q: %q", text, g)
		}
	}
}
