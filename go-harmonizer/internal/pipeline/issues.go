package pipeline

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// informed is information about records, or a field of theirs, that no value holds, put together.
type informed struct {
	rule, entity, field, message string
	count                        int64
	first                        []int64
	outcome                      record.Outcome
}

// inform counts information about a record, or a field of it.
func (r *run) inform(t *target, id, field, message string, number int64, outcome record.Outcome) {
	i := slices.IndexFunc(r.informed, func(f informed) bool {
		return f.rule == id && f.message == message && f.entity == t.entity && f.field == field
	})
	if i < 0 {
		i = len(r.informed)
		r.informed = append(r.informed, informed{rule: id, entity: t.entity, field: field, message: message, outcome: outcome})
	}
	f := &r.informed[i]
	f.count++
	if len(f.first) < rule.Firsts {
		f.first = append(f.first, number)
	}
}

// tellLate keeps an issue that a comparison found.
func (r *run) tellLate(issue *encode.Issue, field string) {
	r.issues.add(issue.Record, issue.Append(nil))
	r.tally(issue.Rule, field, issue.Severity, issue.Entity)
	r.collect(issue)
}

// tally counts an issue that no worker counted.
func (r *run) tally(id, field string, s record.Severity, entity string) {
	key := tallyKey{entity, id, field}
	if r.tallies == nil {
		r.tallies = map[tallyKey]*report.Tally{}
	}
	t := r.tallies[key]
	if t == nil {
		t = &report.Tally{Rule: id, Field: field}
		r.tallies[key] = t
	}
	if s == record.Error {
		t.Errors++
		r.progress.Errors.Add(1)
	} else {
		t.Warnings++
		r.progress.Warnings.Add(1)
	}
}

type tallyKey struct{ entity, rule, field string }

// appendRemoval reports a removed duplicate; each has an issue of its own, with both record numbers.
func (r *run) appendRemoval(to []byte, t *target, f record.Finding, number int64) []byte {
	issue := encode.Issue{Rule: f.Rule, Severity: f.Severity, Entity: t.plan.Entity.Name, File: r.job.FileName, Record: number,
		Message: f.Message, Count: 1}
	r.removals++
	r.collect(&issue)
	return issue.Append(to)
}

// writeIssues writes issues.ndjson: findings about files, then errors and warnings by record, then information (rule 0.4).
func (w *work) writeIssues(a *artifact) error {
	steps := []func(*run) error{
		func(r *run) error { return r.writeFindings(a, false) },
		func(r *run) error { return r.issues.writeTo(a) },
		func(r *run) error { return r.writeFindings(a, true) },
		func(r *run) error { return r.writeAggregated(a) },
		func(r *run) error { return r.removal.writeTo(a) },
	}
	for _, step := range steps {
		for _, r := range w.runs {
			if err := step(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFindings writes the findings about a file that are information, or the others.
func (r *run) writeFindings(a *artifact, information bool) error {
	for i := range r.findings {
		if information != (r.findings[i].Severity == record.Information.String()) {
			continue
		}
		issue := r.fileIssue(&r.findings[i])
		if err := a.write(issue.Append(nil)); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) fileIssue(f *report.Finding) encode.Issue {
	return encode.Issue{Rule: f.Rule, Severity: severityOf(f.Severity), Entity: f.Entity, File: r.job.FileName,
		Column: f.Column, Field: f.Field, Message: f.Message, Count: 1}
}

func severityOf(word string) record.Severity {
	for s := record.Information; s <= record.Error; s++ {
		if s.String() == word {
			return s
		}
	}
	return 0
}

// writeAggregated writes what is put together: warnings that only state an inference, then information.
func (r *run) writeAggregated(a *artifact) error {
	var text []byte
	for _, severity := range []record.Severity{record.Warning, record.Information} {
		for _, t := range r.targets {
			for _, issue := range r.aggregated(t, severity) {
				text = issue.Append(text[:0])
				if err := a.write(text); err != nil {
					return err
				}
			}
		}
	}
	for _, f := range r.informed {
		issue := encode.Issue{Rule: f.rule, Severity: record.Information, Entity: f.entity, File: r.job.FileName, Field: f.field,
			Outcome: f.outcome, Message: f.message, Count: f.count, Records: f.first}
		if err := a.write(issue.Append(nil)); err != nil {
			return err
		}
	}
	return nil
}
