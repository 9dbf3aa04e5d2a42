package pipeline

import (
	"slices"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// merge puts together what the workers of pass 2 counted, and concludes about the columns.
func (r *run) merge(e *engine) {
	if len(e.makers) == 0 {
		e.makers = append(e.makers, e.newMaker())
	}
	for i, t := range r.targets {
		t.counters, t.stats = rule.NewCounters(), &plan.Stats{}
		for _, m := range e.makers {
			t.stats.Merge(&m.workers[i].Stats) // First: it completes the counters.
			t.counters.Merge(m.workers[i].Counters)
		}
	}
	r.collectFindings()
}

// collectFindings gathers what is known about the file and its columns.
func (r *run) collectFindings() {
	for _, n := range r.source.notes {
		r.find(n.Rule, n.Severity, "", "", n.Message)
	}
	if severity, message := r.source.encodingFinding(); severity > 0 {
		r.find("STD-ENC-1", severity, "", "", message)
	}
	r.findAll(r.reading.findings)
	for i, t := range r.targets {
		if len(r.targets) > 1 && r.came[i] == 0 {
			continue
		}
		before := len(r.findings)
		r.findAll(r.reading.mappings[i].Findings)
		if t.plan.Melts() {
			r.find("STD-VIT-4", record.Information, "", "", "each reading of a row became a record of its own")
		}
		for _, n := range t.plan.Notes() {
			r.find(n.Finding.Rule, n.Finding.Severity, n.Column.Header, n.Column.Field, n.Finding.Message)
		}
		for _, n := range t.plan.Conclude(t.counters) {
			r.find(n.Finding.Rule, n.Finding.Severity, n.Column.Header, n.Column.Field, n.Finding.Message)
		}
		for k := range r.findings[before:] {
			r.findings[before+k].Entity = t.plan.Entity.Name
		}
	}
	if r.blank > 0 {
		r.find("STD-CSV-1", record.Information, "", "", strconv.FormatInt(r.blank, 10)+" blank lines were skipped")
	}
	if r.reading.mixed {
		r.find("MAP-6", record.Information, "", "", "mixed file: rows are routed by category")
	}
}

func (r *run) find(id string, s record.Severity, column, field, message string) {
	r.findings = append(r.findings, report.Finding{Rule: id, Severity: s.String(), Entity: r.primary().plan.Entity.Name,
		Column: column, Field: field, Message: message})
}

func (r *run) findAll(all []entity.Finding) {
	for _, f := range all {
		column := ""
		if f.Column >= 0 {
			column = r.reading.headers[f.Column]
		}
		r.find(f.Rule, f.Severity, column, f.Field, f.Message)
	}
}

// accounting sums the targets (rule DQ-6).
func (r *run) accounting() report.Accounting {
	a := r.acct
	for _, t := range r.targets {
		if t == r.primary() {
			a.Written += t.acct.Written
		} else {
			a.Routed += t.acct.Written
		}
		a.Duplicates += t.acct.Duplicates
		a.Created += t.acct.Created
	}
	return a
}

// forgiveAbsent drops the warning that a file lacks a column which the job declares, where another file of the job has it.
func (w *work) forgiveAbsent() {
	lacking := map[string]int{}
	absent := func(f report.Finding) bool { return f.Rule == "MAP-3" && f.Message == entity.DeclaredAbsent }
	for _, r := range w.runs {
		for _, f := range r.findings {
			if absent(f) {
				lacking[f.Field]++
			}
		}
	}
	for _, r := range w.runs {
		r.findings = slices.DeleteFunc(r.findings, func(f report.Finding) bool { return absent(f) && lacking[f.Field] < len(w.runs) })
	}
}
