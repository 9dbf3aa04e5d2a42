package pipeline

import (
	"cmp"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// change is what comparisons did to a record.
type change struct {
	removed    bool // as a duplicate
	withdrawn  bool // to the quarantine
	failed     bool
	group      string
	superseded string
	rule       string
	message    string
	settings   []setting
	mended     bool // another's texts took the place of its errors
}

// setting is a field of a record that takes another's text.
type setting struct {
	field string
	text  []byte // nil: null
	kept  bool   // no rule could read the text
	old   []byte // what stood there, nil: null
	from  *cross.Member
}

// apply notes what a verdict changes and reports it.
func (t *target) apply(shape *cross.Shape, v cross.Verdict) error {
	r, m := t.run, v.Member
	merged, wrong, fresh, err := t.reread(shape, &v)
	if err != nil {
		return err
	}
	p := t.at(m.Order)
	gone := p.isRemoved(uint32(m.Order - p.first)) // It is in the quarantine already, and counts once.
	c := &change{removed: v.Removed && !gone, group: v.Group, superseded: v.SupersededBy, settings: settingsOf(shape, v)}
	for _, f := range append(v.Findings, fresh...) {
		if f.Severity == record.Information {
			r.tellRemoval(t, f, m, c)
			continue
		}
		r.crossIssue(t, shape, merged, f)
		if f.Severity == record.Error {
			c.failed, c.rule, c.message = true, f.Rule, f.Message
			c.withdrawn = r.job.Quarantine && !gone && t.isRequired(f.Field)
		}
	}
	if len(c.settings) > 0 {
		c.failed, c.mended = c.failed || wrong, !wrong
	}
	t.countErrors(m, c)
	if c.removed {
		t.acct.Duplicates++
		t.acct.Written--
	}
	if c.withdrawn {
		r.acct.Quarantined++
		t.acct.Written--
	}
	if c.removed || c.failed || c.superseded != "" || len(c.settings) > 0 {
		t.note(m, c)
	}
	return nil
}

// countErrors counts a record that a comparison made erroneous, or no longer so.
func (t *target) countErrors(m *cross.Member, c *change) {
	known := t.changes[m.Order]
	before := m.Failed && (known == nil || !known.mended) || known != nil && known.failed
	switch after := c.failed || before && !c.mended; {
	case after && !before:
		t.acct.ErrorRecords++
	case before && !after:
		t.acct.ErrorRecords--
	}
}

// tellRemoval reports a removed record, or a field that takes another's text.
func (r *run) tellRemoval(t *target, f cross.Found, m *cross.Member, c *change) {
	switch {
	case f.Field != "":
		r.inform(t, f.Rule, f.Field, f.Message, m.Number, f.Outcome)
		r.traceSetting(t, f, m, c)
	case c.removed:
		r.traceGone(t, f, m)
		r.removal.add(m.Number, r.appendRemoval(nil, t, f.Finding, m.Number))
	}
}

func (t *target) isRequired(field string) bool {
	slot := t.plan.Slot(field)
	return slot >= 0 && t.plan.IsRequired(slot)
}

func settingsOf(shape *cross.Shape, v cross.Verdict) []setting {
	var all []setting
	for _, s := range v.Settings {
		one := setting{field: shape.Fields[s.Field], from: s.From}
		if s.From.Has[s.Field] {
			one.text, one.kept = []byte(s.From.Texts[s.Field]), s.From.Kept[s.Field]
		}
		if v.Member.Has[s.Field] {
			one.old = []byte(v.Member.Texts[s.Field])
		}
		all = append(all, one)
	}
	return all
}

// note keeps a change, beside what was known before.
func (t *target) note(m *cross.Member, c *change) {
	if known := t.changes[m.Order]; known != nil {
		c.removed, c.withdrawn, c.failed = c.removed || known.removed, c.withdrawn || known.withdrawn, c.failed || known.failed
		c.group, c.superseded = cmp.Or(c.group, known.group), cmp.Or(c.superseded, known.superseded)
		c.rule, c.message = cmp.Or(known.rule, c.rule), cmp.Or(known.message, c.message)
		c.settings = append(known.settings, c.settings...)
		c.mended = (c.mended || known.mended) && !c.failed
	}
	t.changes[m.Order] = c
	t.run.traceMarks(m, c)
	t.marks = append(t.marks, Mark{Entity: t.entity, Number: m.Output, Removed: c.removed || c.withdrawn, Failed: c.failed,
		CollisionGroup: c.group, SupersededBy: c.superseded})
}

// crossIssue reports a finding of a comparison.
func (r *run) crossIssue(t *target, shape *cross.Shape, m *cross.Member, f cross.Found) {
	issue := encode.Issue{Rule: f.Rule, Severity: f.Severity, Entity: t.plan.Entity.Name, File: r.job.FileName, Record: m.Number,
		Field: f.Field, Outcome: f.Outcome, Message: f.Message, Count: 1}
	if f.Field != "" {
		if s := t.plan.Slot(f.Field); s >= 0 {
			issue.Column = t.plan.Header(s)
		}
		if text, ok := shape.Text(m, f.Field); ok {
			issue.Source, issue.Output, issue.Outcome = []byte(text), []byte(text), max(record.OK, f.Outcome)
		}
	}
	if r.job.Deidentify {
		issue.Hide()
	}
	r.tellLate(&issue, f.Field)
}
