package report

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The examples of rule DQ-6.
func TestAccounting(t *testing.T) {
	for name, c := range map[string]struct {
		a  Accounting
		ok bool
	}{
		"all there":  {Accounting{Read: 100, Written: 97, Duplicates: 2, Quarantined: 1}, true},
		"one lost":   {Accounting{Read: 100, Written: 99}, false},
		"one more":   {Accounting{Read: 100, Written: 101}, false},
		"split":      {Accounting{Read: 10, Written: 20, Created: 10}, true},
		"routed":     {Accounting{Read: 10, Written: 4, Routed: 6}, true},
		"no records": {Accounting{}, true},
	} {
		if err := c.a.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The examples of rule DQ-3.
func TestGrades(t *testing.T) {
	checks := func(category string, passed, failed, other int) (all []Check) {
		for range passed {
			all = append(all, Check{Category: category, Status: "passed"})
		}
		for range failed {
			all = append(all, Check{Category: category, Status: "failed"})
		}
		for range other {
			all = append(all, Check{Category: category, Status: "not_applicable"}, Check{Category: category, Status: "reported"}, Check{Category: category, Status: "error"})
		}
		return all
	}
	s := Grades(append(checks("conformance", 18, 2, 3), checks("plausibility", 1, 2, 0)...))
	if g := s.Categories["conformance"]; g.Percent == nil || *g.Percent != "90.0" || g.Passed != 18 || g.Failed != 2 {
		t.Errorf("%+v", g)
	}
	if g := s.Categories["plausibility"]; g.Percent == nil || *g.Percent != "33.3" {
		t.Errorf("%+v", g)
	}
	if s.Overall.Percent == nil || *s.Overall.Percent != "82.6" {
		t.Errorf("%+v", s.Overall)
	}
	if s := Grades(checks("completeness", 0, 0, 2)); s.Overall.Percent != nil {
		t.Error("nothing was applicable, and there is a score")
	}
}

// The examples of rule DQ-2.
func TestStatus(t *testing.T) {
	warning, failure := rule.Rule{ID: "X", Severity: record.Warning}, rule.Rule{ID: "X", Severity: record.Error}
	event := rule.Rule{ID: "VAL-DATE-2", Severity: record.Error}
	for name, c := range map[string]struct {
		rule             rule.Rule
		errors, warnings int64
		of               int64
		status           string
	}{
		"0 of 0":                {failure, 0, 0, 0, "not_applicable"},
		"3 of 100 warned":       {warning, 0, 3, 100, "passed"},
		"5 of 100 warned":       {warning, 0, 5, 100, "passed"},
		"6 of 100 warned":       {warning, 0, 6, 100, "failed"},
		"1 of 100 wrong":        {failure, 1, 0, 100, "failed"},
		"1 of 100 before birth": {event, 1, 0, 100, "passed"},
		"2 of 100 before birth": {event, 2, 0, 100, "failed"},
		"both, few":             {failure, 0, 4, 100, "passed"},
		"both, many":            {failure, 0, 6, 100, "failed"},
		"wrong, and all null":   {failure, 3, 0, 0, "not_applicable"},
	} {
		got := newCheck(c.rule, "patient", "f", &Tally{Errors: c.errors, Warnings: c.warnings}, c.of)
		if got.Status != c.status {
			t.Errorf("%s: %s, want %s", name, got.Status, c.status)
		}
	}
}

func TestCompleteness(t *testing.T) {
	for name, c := range map[string]struct {
		required bool
		filled   int64
		records  int64
		status   string
	}{
		"required, one null":  {true, 99, 100, "failed"},
		"required, none null": {true, 100, 100, "passed"},
		"optional, all null":  {false, 0, 100, "reported"},
		"no records":          {true, 0, 0, "not_applicable"},
	} {
		f := &entity.Field{Name: "f", Required: c.required}
		if got := completenessOf(f, c.filled, c.records); got.Status != c.status || got.Violated != c.records-c.filled {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func completenessOf(f *entity.Field, filled, records int64) Check {
	return completeness("patient", f, &plan.SlotStats{Filled: filled}, records)
}

// What workers and comparisons of records found by one rule about one field is one check.
func TestCountsOfOneRuleAndFieldAreJoined(t *testing.T) {
	one, other := Tally{Errors: 1, Warnings: 2, KeptErrors: 3, KeptWarnings: 4}, Tally{Errors: 10, Warnings: 20, KeptErrors: 30, KeptWarnings: 40}
	if one.join(&other); one != (Tally{Errors: 11, Warnings: 22, KeptErrors: 33, KeptWarnings: 44}) {
		t.Errorf("%+v", one)
	}
}
