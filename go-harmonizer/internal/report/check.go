package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Check is a check result of rule DQ-1.
type Check struct {
	File        string   `json:"file,omitempty"` // where there are several
	Rule        string   `json:"rule_id"`
	Entity      string   `json:"entity"`
	Field       string   `json:"field"`
	Category    string   `json:"category"`
	Subcategory string   `json:"subcategory"`
	Context     string   `json:"context"`
	Violated    int64    `json:"num_violated"`
	Denominator int64    `json:"num_denominator"`
	Percent     float64  `json:"pct"`
	Threshold   *float64 `json:"threshold"`
	Status      string   `json:"status"`
	Errors      int64    `json:"errors"`
	Warnings    int64    `json:"warnings"`
}

// Thresholds of rule DQ-2, in per cent.
const (
	warningThreshold  = 5.0
	eventThreshold    = 1.0 // of VAL-DATE-2 and VAL-DATE-3, as OHDSI
	completenessCheck = "COMPLETENESS"
)

// Tally is how often a rule found something wrong with a field.
type Tally struct {
	Rule, Field      string
	Errors, Warnings int64
}

// Checks are the check results of one entity: one for each rule and field of the file, and the completeness of each field.
func Checks(p *plan.Plan, stats *plan.Stats, tallies []Tally) []Check {
	found := map[[2]string]*Tally{}
	for i := range tallies {
		found[[2]string{tallies[i].Rule, tallies[i].Field}] = &tallies[i]
	}
	var all []Check
	for _, out := range p.Layout {
		if out.Kind != entity.OutField {
			continue
		}
		field := &p.Entity.Fields[out.Field]
		s := stats.At(out.Slot)
		all = append(all, completeness(p.Entity.Name, field, s, stats.Records))
		for _, r := range rulesOf(field, found) {
			t := found[[2]string{r.ID, field.Name}]
			if t == nil {
				t = &Tally{}
			}
			denominator := s.Filled
			if r.ID == "VAL-REQ-1" {
				denominator = stats.Records
			}
			all = append(all, newCheck(r, p.Entity.Name, field.Name, t, denominator))
		}
	}
	return all
}

// rulesOf are the rules of the field that are checks, and those that found something about it.
func rulesOf(f *entity.Field, found map[[2]string]*Tally) []rule.Rule {
	var all []rule.Rule
	for _, r := range rule.Table() {
		_, reported := found[[2]string{r.ID, f.Name}]
		if r.Category != "" && (reported || names(f.Std, r.ID) || names(f.Val, r.ID)) {
			all = append(all, r)
		}
	}
	return all
}

func names(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(s string) bool {
		return s == id || strings.HasSuffix(s, "*") && strings.HasPrefix(id, s[:len(s)-1])
	})
}

func completeness(entity string, f *entity.Field, s *plan.SlotStats, records int64) Check {
	c := Check{Rule: completenessCheck, Entity: entity, Field: f.Name, Category: "completeness", Context: "verification",
		Violated: records - s.Filled, Denominator: records}
	c.Percent = percent(c.Violated, records)
	switch {
	case records == 0:
		c.Status = "not_applicable"
	case !f.Required || f.OneOf != "":
		c.Status = "reported"
	default:
		c.judge(new(float64), c.Percent > 0)
	}
	return c
}

func newCheck(r rule.Rule, entity, field string, t *Tally, denominator int64) Check {
	c := Check{Rule: r.ID, Entity: entity, Field: field, Category: r.Category, Subcategory: r.Subcategory, Context: "verification",
		Violated: t.Errors + t.Warnings, Denominator: denominator, Errors: t.Errors, Warnings: t.Warnings}
	c.Percent = percent(c.Violated, denominator)
	if denominator == 0 {
		c.Status = "not_applicable"
		return c
	}
	errorLimit := 0.0
	if r.ID == "VAL-DATE-2" || r.ID == "VAL-DATE-3" {
		errorLimit = eventThreshold
	}
	threshold := errorLimit
	if r.Severity < record.Error {
		threshold = warningThreshold
	}
	c.judge(&threshold, percent(t.Errors, denominator) > errorLimit || c.Percent > warningThreshold)
	return c
}

func (c *Check) judge(threshold *float64, failed bool) {
	c.Threshold, c.Status = threshold, "passed"
	if failed {
		c.Status = "failed"
	}
}

func percent(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) * 100 / float64(of)
}

// Score is the share of checks that passed (rule DQ-3).
type Score struct {
	Overall    Grade            `json:"overall"`
	Categories map[string]Grade `json:"categories"`
}

// Grade is passed / (passed + failed) in per cent with one decimal; null when no check was applicable.
type Grade struct {
	Percent *string `json:"pct"`
	Passed  int     `json:"passed"`
	Failed  int     `json:"failed"`
}

// Grades scores checks.
func Grades(checks []Check) Score {
	s := Score{Categories: map[string]Grade{}}
	for _, c := range checks {
		g := s.Categories[c.Category]
		switch c.Status {
		case "passed":
			g.Passed++
			s.Overall.Passed++
		case "failed":
			g.Failed++
			s.Overall.Failed++
		default:
			continue
		}
		s.Categories[c.Category] = g
	}
	for name, g := range s.Categories {
		g.finish()
		s.Categories[name] = g
	}
	s.Overall.finish()
	return s
}

func (g *Grade) finish() {
	if all := g.Passed + g.Failed; all > 0 {
		text := fmt.Sprintf("%.1f", float64(g.Passed)*100/float64(all))
		g.Percent = &text
	}
}

// Tallies sums the counters of a plan by rule and field.
func Tallies(counters *rule.Counters) []Tally {
	sums := map[[2]string]*Tally{}
	for i := range counters.All {
		c := &counters.All[i]
		field := c.Finding.Field
		if field == "" {
			field = c.Column.Field
		}
		if c.Finding.Rule == "" || c.Finding.Severity < record.Warning {
			continue
		}
		key := [2]string{c.Finding.Rule, field}
		if sums[key] == nil {
			sums[key] = &Tally{Rule: key[0], Field: field}
		}
		if c.Finding.Severity == record.Error {
			sums[key].Errors += c.Count
		} else {
			sums[key].Warnings += c.Count
		}
	}
	var all []Tally
	for _, t := range sums {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b Tally) int { return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Field, b.Field)) })
	return all
}
