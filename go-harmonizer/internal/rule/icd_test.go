package rule

import (
	"regexp"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestICD(t *testing.T) {
	for system, examples := range map[string][]example{
		"ICD-10-CM": {
			{in: "e119", want: "E11.9 I"}, {in: "S52521A", want: "S52.521A I"}, {in: "E11.", want: "E11 W"}, {in: "E1A.9", want: "E1A.9"},
			{in: "1E1.9", want: "1E1.9 kept E"}, {in: "E1.19", want: "E1.19 kept E"}, {in: "U07.1", want: "U07.1"}, {in: "I10", want: "I10"},
			{in: "T36.0X1A", want: "T36.0X1A"}, {in: "C7A.00", want: "C7A.00"}, {in: "S52.521AB", want: "S52.521AB kept E"},
			{in: "E11..9", want: "E11..9 kept E"}, {in: "E1", want: "E1 kept E"}, {in: "E11-9", want: "E11-9 kept E"}, {in: "É11", want: "É11 kept E"},
		},
		"ICD-9-CM": {
			{in: "4019", want: "401.9 I"}, {in: "25000", want: "250.00 I"}, {in: "E8889", want: "E888.9 I"}, {in: "V1011", want: "V10.11 I"},
			{in: "40.19", want: "40.19 kept E"}, {in: "401", want: "401"}, {in: "E11.9", want: "E11.9 kept E"}, {in: "401.", want: "401 W"},
			{in: "e888", want: "E888 I"}, {in: "E888.91", want: "E888.91 kept E"}, {in: "V10.111", want: "V10.111 kept E"}, {in: "E88", want: "E88 kept E"},
			{in: "W10", want: "W10 kept E"}, {in: "250.0", want: "250.0"},
		},
	} {
		for i := range examples {
			examples[i].peers = []string{"code_system=" + system}
		}
		check(t, "condition", "code", nil, examples)
	}
}

var icdShapes = map[system]*regexp.Regexp{
	icd10Codes: regexp.MustCompile(`^[A-Z]\d[0-9AB](\.[0-9A-Z]{1,4})?$`),
	icd9Codes:  regexp.MustCompile(`^(\d{3}(\.\d{1,2})?|V\d{2}(\.\d{1,2})?|E\d{3}(\.\d)?)$`),
}

// What comes out has the shape of the rule book and stays as it is; what has the shape is taken.
func FuzzICD(f *testing.F) {
	for _, text := range []string{"e119", "E11.", "4019", "E8889", "V10.11", "S52521A", "...", "E.88"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for s, shape := range icdShapes {
			code, ok := icdOf(nil, []byte(text), s)
			if shape.MatchString(text) && (!ok || string(code) != text) {
				t.Errorf("%q: refused", text)
			}
			if ok && !shape.Match(code) {
				t.Errorf("%q became %q", text, code)
			}
		}
	})
}

func TestICDDates(t *testing.T) {
	for _, e := range []struct{ code, system, onset, country, want string }{
		{"250.00", "ICD-9-CM", "2015-09-30", "US", ""}, {"250.00", "ICD-9-CM", "2015-10-01", "US", "W"},
		{"E11.9", "ICD-10-CM", "2015-09-30T10:00:00", "US", "W"}, {"E11.9", "ICD-10-CM", "2015-10-01", "US", ""},
		{"250.00", "ICD-9-CM", "2016", "US", ""}, {"250.00", "ICD-9-CM", "2016-01", "US", ""}, {"250.00", "ICD-9-CM", "", "US", ""},
		{"250.00", "ICD-9-CM", "2020-01-01", "GB", ""}, {"44054006", "SNOMED", "2010-01-01", "US", ""},
	} {
		p := params(func(p *Params) { p.DefaultCountry = e.country })
		if got := dated(p, []string{e.code, e.system, e.onset, "", "", ""}); got != e.want {
			t.Errorf("%v: got %q", e, got)
		}
	}
	for _, fields := range [][]string{{"", "", "", "250.00", "2020-01-01", ""}, {"", "", "", "250.00", "", "2020-01-01T08:00:00"}} {
		if got := dated(params(), fields); got != "W" {
			t.Errorf("%v: got %q", fields, got)
		}
	}
	if got := dated(params(), []string{"", "", "", "V10.11", "2020-01-01", ""}); got != "" {
		t.Errorf("either system: got %q", got)
	}
}

// dated runs icdDates over the texts of its fields and returns the severities of what it says.
func dated(p *Params, texts []string) string {
	var arena Arena
	columns, slots := make([][]*record.Value, len(texts)), make([]int, len(texts))
	for i, text := range texts {
		slots[i], columns[i] = i, []*record.Value{record.Null}
		if text != "" {
			columns[i][0] = &record.Value{Text: []byte(text), Outcome: record.OK}
		}
	}
	said := ""
	for _, f := range NewRowRunner(&icdDates, &File{}, p, slots, &arena).Run(columns, 0, -1) {
		said += letter(f.Finding.Severity)
	}
	return said
}
