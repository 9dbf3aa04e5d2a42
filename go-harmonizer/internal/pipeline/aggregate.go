package pipeline

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// aggregateKey is by what issues are put together (rule 0.4).
type aggregateKey struct {
	rule, column, field, message string
	outcome                      record.Outcome
}

// aggregated are the issues of a severity that are put together, in an order that does not depend on the workers.
func (r *run) aggregated(t *target, severity record.Severity) []*encode.Issue {
	byKey := map[aggregateKey]*encode.Issue{}
	var all []*encode.Issue
	for i := range counters(t) {
		c := &t.counters.All[i]
		if c.Finding.Severity != severity || !rule.PutTogether(c.Finding) || c.Count == 0 {
			continue
		}
		issue := r.aggregate(t, c)
		key := aggregateKey{issue.Rule, issue.Column, issue.Field, issue.Message, issue.Outcome}
		if known := byKey[key]; known != nil {
			join(known, issue)
			continue
		}
		byKey[key] = issue
		all = append(all, issue)
	}
	slices.SortFunc(all, func(a, b *encode.Issue) int {
		return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message), cmp.Compare(a.Outcome, b.Outcome))
	})
	return all
}

func counters(t *target) []rule.Counter {
	if t.counters == nil {
		return nil
	}
	return t.counters.All
}

func (r *run) aggregate(t *target, c *rule.Counter) *encode.Issue {
	field := c.Finding.Field
	if field == "" {
		field = c.Column.Field
	}
	issue := &encode.Issue{Rule: c.Finding.Rule, Severity: c.Finding.Severity, Entity: t.plan.Entity.Name, File: r.job.FileName,
		Column: t.plan.HeaderBeside(c.Column, field), Field: field, Outcome: c.Finding.Outcome, Source: c.Source, Output: c.Output,
		Message: c.Finding.Message, Count: c.Count, Records: c.First}
	if r.job.Deidentify {
		issue.Hide()
	}
	return issue
}

// join adds an issue to another of the same key. The values are those of the first record; of one record, the lesser.
func join(to, from *encode.Issue) {
	if cmp.Or(cmp.Compare(from.Records[0], to.Records[0]), bytes.Compare(from.Source, to.Source), bytes.Compare(from.Output, to.Output)) < 0 {
		to.Source, to.Output = from.Source, from.Output
	}
	to.Count += from.Count
	to.Records = append(slices.Clone(to.Records), from.Records...)
	slices.Sort(to.Records)
	to.Records = to.Records[:min(len(to.Records), rule.Firsts)]
}
