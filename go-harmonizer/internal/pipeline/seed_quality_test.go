package pipeline_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// Rules DQ-1, DQ-2, DQ-3 and DQ-6 over the same files.
func TestSeedQuality(t *testing.T) {
	patients, vitals := readSeed(t, "patients.csv").report, readSeed(t, "vitals.csv").report
	for _, want := range []string{
		"COMPLETENESS blood_type completeness/ 35 of 100 reported", "COMPLETENESS patient_id completeness/ 0 of 100 passed",
		"VAL-REQ-1 patient_id conformance/relational 0 of 100 passed", "DED-3 patient_id conformance/relational 14 of 100 failed",
		"VAL-ZIP-2 postal_code plausibility/atemporal 98 of 100 failed", "STD-SEX-1 gender conformance/value 0 of 100 passed",
		"VAL-PHONE-1 phone conformance/value 41 of 98 failed", "VAL-DATE-1 birth_date plausibility/temporal 0 of 100 passed",
	} {
		oneCheck(t, patients.Rules, want)
	}
	oneCheck(t, vitals.Rules, "VAL-VIT-2 value plausibility/atemporal 6 of 575 failed")
	oneCheck(t, vitals.Rules, "VAL-VIT-1 value plausibility/atemporal 0 of 575 passed")
	if want := (report.Accounting{Read: 500, Written: 575, Created: 75}); vitals.Accounting != want {
		t.Errorf("%+v, want %+v", vitals.Accounting, want)
	}
	for _, r := range []*report.Report{patients, vitals} {
		scores(t, r)
	}
}

// oneCheck fails unless exactly one check reads like this.
func oneCheck(t *testing.T, checks []report.Check, want string) {
	t.Helper()
	n, name := 0, strings.Join(strings.Fields(want)[:2], " ")
	for _, c := range checks {
		got := fmt.Sprintf("%s %s %s/%s %d of %d %s", c.Rule, c.Field, c.Category, c.Subcategory, c.Violated, c.Denominator, c.Status)
		if strings.HasPrefix(got, name+" ") {
			if n++; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d checks of %s", n, name)
	}
}

// scores counts the checks again.
func scores(t *testing.T, r *report.Report) {
	t.Helper()
	passed, failed := map[string]int{}, map[string]int{}
	for _, c := range r.Rules {
		switch c.Status {
		case "passed":
			passed[c.Category]++
			passed[""]++
		case "failed":
			failed[c.Category]++
			failed[""]++
		}
	}
	grades := map[string]report.Grade{"": r.Score.Overall}
	maps.Copy(grades, r.Score.Categories)
	for category, g := range grades {
		want := fmt.Sprintf("%.1f", float64(passed[category])*100/float64(passed[category]+failed[category]))
		if g.Passed != passed[category] || g.Failed != failed[category] || g.Percent == nil || *g.Percent != want {
			t.Errorf("%s, %s: %+v, want %s", r.Entity, category, g, want)
		}
	}
}

// The examples of the rules hold the strangest texts there are: what came out of them stays as it is the second time.
func TestCasesTwice(t *testing.T) {
	for _, c := range pipelinetest.Cases(t) {
		if c.Spec != nil {
			continue // options are read by the server
		}
		t.Run(c.Name, func(t *testing.T) {
			job := newJob(c.FileName)
			result, sink, err := run(t, job, c.Input, how{})
			if err == nil && !result.Report.Harmonized {
				harmonizedTwice(t, c.FileName, sink, result, func(*pipeline.Job) {})
			}
		})
	}
}
