package pipeline

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// writeOutcome writes operation-outcome.json (rule DQ-5).
func (w *work) writeOutcome() error {
	if !w.job.Wants[OutcomeArtifact] {
		return nil
	}
	var all []report.Aggregated
	for _, r := range w.runs {
		all = append(all, r.issuesTogether()...)
	}
	return w.writeJSON(w.artifact(OutcomeArtifact, "operation-outcome.json"), report.NewOutcome(all))
}

// issuesTogether are all issues of a file, put together: of the file and its columns, of values, and of records.
func (r *run) issuesTogether() []report.Aggregated {
	all := r.told.All()
	for i := range r.findings {
		f := &r.findings[i]
		all = append(all, report.Aggregated{Rule: f.Rule, Severity: severityOf(f.Severity), Entity: f.Entity, File: r.label(),
			Column: f.Column, Field: f.Field, Message: f.Message, Count: 1})
	}
	for _, t := range r.targets {
		for i := range counters(t) {
			if c := &t.counters.All[i]; c.Finding.Rule != "" && c.Count > 0 {
				all = append(all, r.together(r.aggregate(t, c)))
			}
		}
	}
	for _, f := range r.informed {
		all = append(all, report.Aggregated{Rule: f.rule, Severity: record.Information, Entity: f.entity, File: r.label(), Field: f.field,
			Outcome: f.outcome, Message: f.message, Count: f.count, Records: f.first})
	}
	return all
}

func (r *run) together(i *encode.Issue) report.Aggregated {
	return report.Aggregated{Rule: i.Rule, Severity: i.Severity, Entity: i.Entity, File: r.label(), Column: i.Column, Field: i.Field,
		Outcome: i.Outcome, Message: i.Message, Count: i.Count, Records: i.Records}
}

// collect keeps an issue of one record that no worker counted.
func (r *run) collect(i *encode.Issue) {
	a := r.together(i)
	a.Message, a.Count = "", 0
	r.told.Add(a, i.Record)
}

// duplicates counts the records of a target that rule DED-1 removed; their issues are information, but its check counts them.
func (r *run) duplicates(t *target) []report.Tally {
	one := report.Tally{Rule: "DED-1"}
	for _, a := range r.told.All() {
		if a.Rule == one.Rule && a.Entity == t.entity {
			one.Warnings += a.Count
		}
	}
	if one.Warnings == 0 {
		return nil
	}
	return []report.Tally{one}
}
