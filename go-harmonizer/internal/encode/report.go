package encode

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// hear counts the findings of the slot that was gathered last, and keeps those that are written record by record.
func (e *Encoder) hear(t *plan.Table, slot int) {
	if !e.plan.Reports(slot) {
		return
	}
	for _, found := range e.page.found {
		for k := range found.v.Findings {
			f := &found.v.Findings[k]
			e.count(t, e.page.from+found.i, slot, f)
			if !rule.PutTogether(*f) {
				e.issues.add(found.i, slot, f)
			}
			if e.tracer != nil && f.Field != "" && said(f) {
				e.tracer.notes.add(found.i, e.plan.Slot(f.Field), f)
			}
		}
	}
}

// count counts a finding of a record. The values are looked up for the first records of each finding alone.
func (e *Encoder) count(t *plan.Table, i, slot int, f *record.Finding) {
	if counters := e.worker.Counters; counters.Count(f.Counter, t.Numbers[i]) {
		source, output := e.values(t, i, e.about(f, slot), f)
		counters.Note(f.Counter, t.Numbers[i], source, output)
	}
}

// about returns the slot that a finding of a slot is about.
func (e *Encoder) about(f *record.Finding, slot int) int {
	if f.Field != "" {
		if s := e.plan.Slot(f.Field); s >= 0 {
			return s
		}
	}
	return slot
}

// values returns the cell behind a slot and what became of it, as they are told; nil: null.
func (e *Encoder) values(t *plan.Table, i, slot int, f *record.Finding) (source, output []byte) {
	if e.options.Private {
		return nil, nil
	}
	if f.Severity > 0 {
		if source = t.Raw(slot, i); len(source) == 0 {
			source = nil
		}
	}
	return source, t.Values[slot][i].Text
}

// report writes the issues of a record, and counts those that no value holds.
func (e *Encoder) report(t *plan.Table, i int, extra []plan.Extra, b *Block) {
	for n := e.issues.first[i-e.page.from]; n > 0; {
		one := &e.issues.all[n-1]
		e.reportOne(t, i, one.slot, one.finding, b)
		n = one.next
	}
	for k := range extra {
		f, slot := &extra[k].Finding, extra[k].Slot
		if slot < 0 {
			continue
		}
		e.count(t, i, slot, f)
		if !rule.PutTogether(*f) {
			e.reportOne(t, i, slot, f, b)
		}
	}
	for _, c := range e.formula {
		e.reportFormula(t, i, c, b)
	}
}

func (e *Encoder) reportOne(t *plan.Table, i, slot int, f *record.Finding, b *Block) {
	slot = e.about(f, slot)
	outcome := f.Outcome
	if outcome == record.None {
		outcome = t.Values[slot][i].Outcome
	}
	l := e.lineOf(f, t.Column(slot, i), outcome)
	b.countIssue(f.Severity)
	if !e.options.Silent {
		source, output := e.values(t, i, slot, f)
		b.Issues.Text = l.append(b.Issues.Text, e.number.text, source, output)
		b.Issues.Add(t.Numbers[i])
	}
	if f.Severity == record.Error && e.options.Quarantine && e.plan.IsRequired(slot) {
		e.withdraw(t, i, f.Rule, l.message, b)
	}
}

const formulaMessage = "a spreadsheet would run this cell as a formula; a leading ' was added"

func (e *Encoder) reportFormula(t *plan.Table, i, c int, b *Block) {
	out := &e.plan.Written[c]
	text := e.text(c, i)
	column := t.Column(out.Slot, i)
	f := record.Finding{Rule: "SEC-1", Field: out.Name, Severity: record.Warning, Outcome: record.Changed, Message: formulaMessage}
	f.Counter = e.worker.Counters.Intern(e.worker.Counters.Column(column), f)
	e.worker.Counters.Add(f.Counter, t.Numbers[i], nil, nil)
	b.countIssue(f.Severity)
	if e.options.Silent {
		return
	}
	issue := Issue{Rule: f.Rule, Severity: f.Severity, Entity: e.plan.Entity.Name, File: e.options.File, Record: t.Numbers[i],
		Column: column.Header, Field: out.Name, Outcome: record.Changed, Source: text, Output: append([]byte{'\''}, text...),
		Message: f.Message, Count: 1}
	if e.options.Private {
		issue.Hide()
	}
	b.Issues.Text = issue.Append(b.Issues.Text)
	b.Issues.Add(issue.Record)
}

// countIssue counts an issue that stands record by record.
func (b *Block) countIssue(severity record.Severity) {
	if severity == record.Error {
		b.Errors++
	} else {
		b.Warnings++
	}
}
