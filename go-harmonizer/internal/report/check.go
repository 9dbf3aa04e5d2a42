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

// The statuses of rule DQ-2, and one for what has no threshold.
const (
	couldNotRun   = "error"
	notApplicable = "not_applicable"
	failed        = "failed"
	passed        = "passed"
	reported      = "reported"
)

// Tally is how often a rule found something wrong with a field; empty field: with a record as a whole.
type Tally struct {
	Rule, Field      string
	Errors, Warnings int64
	// KeptErrors and KeptWarnings are those of them for which the value was kept.
	KeptErrors, KeptWarnings int64
}

// join adds another count of the same rule and field.
func (t *Tally) join(o *Tally) {
	t.Errors, t.Warnings = t.Errors+o.Errors, t.Warnings+o.Warnings
	t.KeptErrors, t.KeptWarnings = t.KeptErrors+o.KeptErrors, t.KeptWarnings+o.KeptWarnings
}

// Checks are the check results of one entity: one for each rule and field of the file that the operation reaches, the completeness
// of each field, and one for each rule about whole records.
func Checks(p *plan.Plan, stats *plan.Stats, tallies []Tally) []Check {
	found := map[[2]string]*Tally{}
	for _, t := range tallies {
		key := [2]string{t.Rule, t.Field}
		if known := found[key]; known != nil {
			t.join(known) // Workers and comparisons of records both count.
		}
		found[key] = &t
	}
	var all []Check
	for _, out := range p.Layout {
		switch out.Kind {
		case entity.OutField:
			all = append(all, fieldChecks(p, &p.Entity.Fields[out.Field], stats.At(out.Slot), stats.Records, found)...)
		case entity.OutPass:
			if f := declaredField(p, &out); f != nil {
				all = append(all, fieldChecks(p, f, stats.At(out.Slot), stats.Records, found)...)
			}
		}
	}
	return append(all, recordChecks(p, stats.Records, found)...)
}

func fieldChecks(p *plan.Plan, f *entity.Field, s *plan.SlotStats, records int64, found map[[2]string]*Tally) []Check {
	all := []Check{completeness(p.Entity.Name, f, s, records)}
	splitEnum(f, found)
	for _, r := range rulesOf(f, found) {
		t := found[[2]string{r.ID, f.Name}]
		if t == nil {
			t = &Tally{}
		}
		c := newCheck(r, p.Entity.Name, f.Name, t, denominator(r.ID, s, records))
		switch {
		case c.Violated > 0:
		case !reaches(p, r.Stage):
			continue
		case lacksPartner(p, r.ID, f.Name):
			c.dismiss(notApplicable)
		case r.Stage == rule.Validate && s.Filled > 0 && s.Outcomes[record.Kept] == s.Filled && r.ID != requiredRule && r.ID != enumRule:
			c.dismiss(couldNotRun) // Rules after the one that kept a value do not see it.
		}
		all = append(all, c)
	}
	return all
}

const (
	requiredRule = "VAL-REQ-1"
	enumRule     = "VAL-ENUM-1"
)

// splitEnum gives what the rule of an enum kept to rule VAL-ENUM-1, which is the name of that here.
func splitEnum(f *entity.Field, found map[[2]string]*Tally) {
	if !slices.Contains(f.Val, enumRule) {
		return
	}
	enum := &Tally{Rule: enumRule, Field: f.Name}
	for _, id := range f.Std {
		if t := found[[2]string{id, f.Name}]; t != nil {
			enum.Errors, enum.Warnings = enum.Errors+t.KeptErrors, enum.Warnings+t.KeptWarnings
			t.Errors, t.Warnings = t.Errors-t.KeptErrors, t.Warnings-t.KeptWarnings
			t.KeptErrors, t.KeptWarnings = 0, 0
		}
	}
	found[[2]string{enumRule, f.Name}] = enum
}

// denominator counts the values that a rule looked at: those that are there, for most.
func denominator(id string, s *plan.SlotStats, records int64) int64 {
	switch id {
	case requiredRule, "VAL-UNIT-1": // These look at empty cells, too.
		return records
	case "NULL-1", "NULL-2", "NULL-3": // What they find is null then.
		return records - s.Absent[record.Present]
	}
	return s.Filled
}

// recordChecks are those about whole records: rows that are none, duplicates, and what else was found.
func recordChecks(p *plan.Plan, records int64, found map[[2]string]*Tally) []Check {
	var all []Check
	for _, r := range rule.Table() {
		t := found[[2]string{r.ID, ""}]
		always := r.ID == "STD-CSV-1" || r.ID == "DED-1"
		if r.Category == "" || t == nil && !always || t == nil && !reaches(p, r.Stage) {
			continue
		}
		if t == nil {
			t = &Tally{}
		}
		n := records
		if r.ID == "STD-CSV-1" {
			n += t.Errors + t.Warnings // Rows that could not be cut are no records of the plan.
		}
		all = append(all, newCheck(r, p.Entity.Name, "", t, n))
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
		c.Status = notApplicable
	case !f.Required || f.OneOf != "":
		c.Status = reported
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
		c.Status = notApplicable
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

func (c *Check) judge(threshold *float64, isFailed bool) {
	c.Threshold, c.Status = threshold, passed
	if isFailed {
		c.Status = failed
	}
}

// dismiss says why there is no verdict.
func (c *Check) dismiss(status string) { c.Threshold, c.Status = nil, status }

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
		case passed:
			g.Passed++
			s.Overall.Passed++
		case failed:
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

func (t *Tally) add(s record.Severity, o record.Outcome, n int64) {
	all, kept := &t.Warnings, &t.KeptWarnings
	if s == record.Error {
		all, kept = &t.Errors, &t.KeptErrors
	}
	*all += n
	if o == record.Kept {
		*kept += n
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
		sums[key].add(c.Finding.Severity, c.Finding.Outcome, c.Count)
	}
	var all []Tally
	for _, t := range sums {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b Tally) int { return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Field, b.Field)) })
	return all
}
