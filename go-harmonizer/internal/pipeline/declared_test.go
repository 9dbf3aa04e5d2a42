package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// beers is a table of no entity, or of patients, with columns of every declared kind.
func beers(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "Tap No,patient_id,dob,Ounces,abv,kegs,seen on,Left at,open?,colour,dx,price,colour_source", func(i int) string {
		return fmt.Sprintf("%s,P%d,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s", m.pick("0012", "12.0", "", "1E+5"), m.IntN(n),
			m.pick("1980-01-02", "1990"), m.pick("12.0 oz.", "16 OZ", "a pint", "", "pending", `"1,200 oz"`, "=3"),
			m.pick("0.05", "5 %", "N/A", "%", "-7%", "-7"), m.pick("3", "-9", "2.5", "999", "x"),
			m.pick("03/04/2024", "25/04/2024", "2024-03-05", "31/02/2024", "soon", "1900-01-01"),
			m.pick("2024-03-05 14:05", "3/4/24 8 PM", "13/4/24", "2099-01-01", ""), m.pick("Y", "no", "maybe", "u"),
			m.pick("R", "dark-red", "none", "mauve", "-", "=red"), m.pick("e119", "E11.9", "1E1.9", "n/a"), m.pick(`"1,5 EUR"`, "7", `"1,2,3"`),
			m.pick("", "", "deep"))
	})
}

var declaredBeers = map[string]*rule.Declared{
	"Tap No": {Kind: rule.IDKind}, "Ounces": {Kind: rule.NumberKind, Strip: []string{"oz", "oz."}},
	"abv": {Kind: rule.NumberKind, Strip: []string{"%"}, Missing: []string{"-7"}}, "kegs": {Kind: rule.CountKind},
	"seen on": {Kind: rule.DateKind, DateOrder: rule.DayFirst}, "left_at": {Kind: rule.DatetimeKind}, "open?": {Kind: rule.BoolKind},
	"colour": {Kind: rule.EnumKind, Words: map[string][]string{"red": {"r"}, "Dark Red": nil, "none": {"-"}, "=red": nil}},
	"dx":     {Kind: rule.CodeKind, System: "ICD-10-CM"}, "price": {Kind: rule.NumberKind, Strip: []string{"EUR"}, DecimalMark: ','},
	"absent": {Kind: rule.BoolKind}, "dob": {Kind: rule.DateKind, DateOrder: rule.MonthFirst},
}

// declaring changes a job so that it declares the columns of beers.
func declaring(entity string, change func(*pipeline.Job)) func(*pipeline.Job) {
	return func(j *pipeline.Job) {
		change(j)
		j.Entity, j.Params.Declared = entity, declaredBeers
	}
}

func TestDeclaredColumnsTwiceAreOnce(t *testing.T) {
	for _, entity := range []string{"generic", "patient"} {
		for _, variant := range []string{"harmonize", "quarantine", "report", "standardize"} {
			t.Run(entity+"/"+variant, func(t *testing.T) {
				change := declaring(entity, func(j *pipeline.Job) {
					variants[variant](j)
					j.Format = encode.CSV
				})
				for seed := range uint64(seeds) {
					job := newJob("beers.csv")
					change(job)
					result, sink := mustRun(t, job, beers(seed, records), how{})
					if result.Report.ErrorRecords == 0 {
						t.Error("nothing was wrong with the table")
					}
					harmonizedTwice(t, "beers.csv", sink, result, change)
				}
			})
		}
	}
}

func TestDeclaredColumnsDoNotDependOnHowTheWorkIsDone(t *testing.T) {
	for _, variant := range slices.Sorted(maps.Keys(variants)) {
		job := newJob("beers.csv")
		declaring("generic", variants[variant])(job)
		text := beers(3, records)
		_, want := mustRun(t, job, text, ways[0])
		for _, way := range ways[1:] {
			_, got := mustRun(t, job, text, way)
			same(t, variant+", "+way.name, want, got)
		}
		job.Plain = true
		_, got := mustRun(t, job, text, ways[1])
		same(t, variant+", without memory of values", want, got)
	}
}

func TestDeclaredColumnsKeepWhatTheyChange(t *testing.T) {
	job := newJob("beers.csv")
	declaring("generic", func(j *pipeline.Job) { j.Format = encode.NDJSON })(job)
	_, sink := mustRun(t, job, []byte("abv,kegs,colour,colour_source\n5 %,3,R,\n6,3,red,deep\n"), how{})
	want := []map[string]string{
		{"abv": "5", "abv_source": "5 %", "kegs": "3", "kegs_source": "", "colour": "red", "colour_source": "R"},
		{"abv": "6", "abv_source": "", "kegs": "3", "kegs_source": "", "colour": "red", "colour_source": "deep"},
	}
	for i, line := range strings.Split(strings.TrimSpace(string(sink.Files["clean.ndjson"])), "\n") {
		got := map[string]any{}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		for name, text := range want[i] {
			if value, _ := got[name].(string); value != text {
				t.Errorf("record %d, %s: %q, want %q", i+1, name, value, text)
			}
		}
	}
}

func TestDeclaredColumnsAreChecked(t *testing.T) {
	job := newJob("beers.csv")
	declaring("generic", func(*pipeline.Job) {})(job)
	result, _ := mustRun(t, job, []byte("abv,kegs,colour,seen on,dx,note\n5 %,3,R,03/04/2024,e119,\n6,2.5,mauve,soon,x,x\n7,,blue,,E11.9,\n"), how{})
	got := map[string]string{}
	for _, c := range result.Report.Rules {
		if c.Field != "" {
			got[c.Field+" "+c.Rule] = fmt.Sprintf("%d of %d %s", c.Violated, c.Denominator, c.Status)
		}
	}
	for check, want := range map[string]string{
		"abv COMPLETENESS": "0 of 3 reported", "kegs COMPLETENESS": "1 of 3 reported", "abv STD-NUM-1": "0 of 3 passed",
		"kegs VAL-NUM-1": "1 of 2 failed", "colour VAL-ENUM-1": "2 of 3 failed", "seen_on STD-DATE-2": "1 of 2 failed",
		"seen_on STD-DATE-10": "0 of 2 passed", "dx VAL-ICD-1": "1 of 3 failed", "note COMPLETENESS": "",
	} {
		if got[check] != want {
			t.Errorf("%s: %q, want %q", check, got[check], want)
		}
	}
	if s := result.Report.Score.Overall; s.Failed != 4 {
		t.Errorf("%d checks failed, want 4", s.Failed)
	}
}
