package pipeline

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// shown is a line of the input as an artifact may hold it: nothing where the job is de-identified (rule DEID-1).
func (r *run) shown(raw []byte) []byte {
	if r.job.Deidentify {
		return nil
	}
	return raw
}

// contributor names a record of any file.
func (r *run) contributor(global int64) encode.Contributor {
	return encode.Contributor{File: r.runs[global>>fileShift].job.FileName, Record: global & (1<<fileShift - 1)}
}

// traceRemoval tells lineage of a duplicate of the segment at hand.
func (t *target) traceRemoval(id string, number int64, kept encode.Contributor) {
	r := t.run
	if r.lineage.text == nil {
		return
	}
	line := encode.LineageLine{File: r.job.FileName, Record: number, Outcome: encode.RemovedOutcome, From: []encode.Contributor{kept},
		Rules: []encode.LineageRule{{ID: id, Message: "duplicate"}}}
	t.traces.Text = line.Append(t.traces.Text)
	t.traces.Add(number)
}

// traceLate tells lineage of what a comparison did.
func (r *run) traceLate(line encode.LineageLine) {
	if r.lineage.text == nil {
		return
	}
	line.File = r.job.FileName
	if r.job.Deidentify {
		line.Hide()
	}
	r.lineage.add(line.Record, line.Append(nil))
}

// traceGone tells of a record that a comparison removed.
func (r *run) traceGone(t *target, f cross.Found, m *cross.Member) {
	line := encode.LineageLine{Record: m.Number, Outcome: encode.RemovedOutcome,
		Rules: []encode.LineageRule{{ID: f.Rule, Message: f.Message}}}
	if f.Of != nil {
		line.From = []encode.Contributor{r.member(f.Of)}
	}
	r.traceLate(line)
}

func (r *run) member(m *cross.Member) encode.Contributor {
	if m.File == 0 {
		return encode.Contributor{File: r.job.FileName, Record: m.Number}
	}
	return encode.Contributor{File: m.FileName, Record: m.Number}
}

// traceSetting tells of a field that takes another record's text (rule DED-6).
func (r *run) traceSetting(t *target, f cross.Found, m *cross.Member, c *change) {
	for _, s := range c.settings {
		if s.field == f.Field {
			r.traceLate(encode.LineageLine{Record: m.Number, Field: s.field, Column: t.headerOf(s.field), Source: s.old, Output: s.text,
				Outcome: record.Changed.String(), From: []encode.Contributor{r.member(s.from)},
				Rules: []encode.LineageRule{{ID: f.Rule, Message: f.Message}}})
		}
	}
}

func (t *target) headerOf(field string) string {
	if slot := t.plan.OutputSlot(field); slot >= 0 {
		return t.plan.Header(slot)
	}
	return ""
}

// traceMarks tells of the marks that a comparison set.
func (r *run) traceMarks(m *cross.Member, c *change) {
	for _, mark := range [...]struct{ field, rule, text string }{{"collision_group", "DED-3", c.group}, {"superseded_by", "DED-4", c.superseded}} {
		if mark.text != "" {
			r.traceLate(encode.LineageLine{Record: m.Number, Field: mark.field, Output: []byte(mark.text), Outcome: record.Changed.String(),
				Rules: []encode.LineageRule{{ID: mark.rule, Message: "set by a comparison of records"}}})
		}
	}
}
