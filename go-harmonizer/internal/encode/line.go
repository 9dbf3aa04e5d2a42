package encode

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// line is what the issue records of one finding about one column have in common, written once: what stands before the number of the
// record, before the values and after them.
type line struct {
	column              *rule.Column
	found               string // message of the finding; the rest of it is the same for all findings of one counter
	message             string // as it is told
	start, middle, tail []byte
}

// lineOf returns the line for a finding. Those of one counter and outcome may differ in the column they are told of and in their message;
// mostly they do not.
func (e *Encoder) lineOf(f *record.Finding, column *rule.Column, outcome record.Outcome) *line {
	for int(f.Counter) >= len(e.lines) {
		e.lines = append(e.lines, [record.OutcomeCount]line{})
	}
	l := &e.lines[f.Counter][outcome]
	if l.column != column || l.found != f.Message {
		e.draw(l, f, column, outcome)
	}
	return l
}

func (e *Encoder) draw(l *line, f *record.Finding, column *rule.Column, outcome record.Outcome) {
	issue := Issue{Rule: f.Rule, Severity: f.Severity, Entity: e.plan.Entity.Name, File: e.options.File, Column: column.Header,
		Field: column.Field, Outcome: outcome, Message: f.Message, Count: 1}
	if e.options.Private {
		issue.Hide()
	}
	l.message = issue.Message
	if l.column != column {
		l.start, l.middle = issue.appendStart(l.start[:0]), issue.appendMiddle(l.middle[:0])
	}
	l.tail = issue.appendTail(l.tail[:0])
	l.column, l.found = column, f.Message
}

// append writes the record of an issue.
func (l *line) append(to, number, source, output []byte) []byte {
	to = append(append(append(to, l.start...), number...), l.middle...)
	return append(appendOutput(appendSource(to, source), output), l.tail...)
}
