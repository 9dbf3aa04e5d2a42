package encode

import (
	"slices"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// RemovedOutcome is the outcome of a record that left as a duplicate, in a line without a field.
const RemovedOutcome = "removed"

// LineageLine tells where one value of the output comes from, and by which rules it is not as it came.
type LineageLine struct {
	File string
	// Record is the number of the record in its file.
	Record int64
	// Field is the column of the output; empty: the line is about the record.
	Field string
	// Column is the header of the source; of a value that was put together from several columns, their headers joined by +, as the
	// values are.
	Column string
	// Source and Output are values; nil: null.
	Source, Output []byte
	// Outcome is a word of record.Outcome, or RemovedOutcome.
	Outcome string
	Rules   []LineageRule
	// From are the records that a value or record was made of (rule DED-6), or that take its place; none: its own alone.
	From []Contributor
}

// LineageRule is a rule that had a part in it, and what it said.
type LineageRule struct{ ID, Message string }

// Contributor names a record.
type Contributor struct {
	File   string
	Record int64
}

// Append writes the line as JSON.
func (l *LineageLine) Append(to []byte) []byte {
	to = l.appendMiddle(strconv.AppendInt(l.appendStart(to), l.Record, 10))
	to = l.appendOutcome(appendSource(to, l.Source))
	return l.appendTail(appendOutput(to, l.Output))
}

// appendStart writes what stands before the number of the record.
func (l *LineageLine) appendStart(to []byte) []byte {
	return append(appendField(to, '{', "file", l.File), `,"record_no":`...)
}

// appendMiddle writes what stands between the number and the source value.
func (l *LineageLine) appendMiddle(to []byte) []byte {
	return appendField(appendField(to, ',', "field", l.Field), ',', "source_column", l.Column)
}

// appendOutcome writes what stands between the values.
func (l *LineageLine) appendOutcome(to []byte) []byte {
	return appendField(to, ',', "outcome", l.Outcome)
}

// appendTail writes what follows the values. The version of each rule is that of the rule book.
func (l *LineageLine) appendTail(to []byte) []byte {
	to = append(to, `,"rules":[`...)
	for k, r := range l.Rules {
		if k > 0 {
			to = append(to, ',')
		}
		to = appendField(to, '{', "rule_id", r.ID)
		to = appendField(to, ',', "rule_version", rule.BookVersion)
		to = append(appendField(to, ',', "message", r.Message), '}')
	}
	to = append(to, ']')
	if len(l.From) > 0 {
		to = appendContributors(to, l.From)
	}
	return append(to, '}', '\n')
}

func appendContributors(to []byte, all []Contributor) []byte {
	to = append(to, `,"from":[`...)
	for k, c := range all {
		if k > 0 {
			to = append(to, ',')
		}
		to = appendField(to, '{', "file", c.File)
		to = append(strconv.AppendInt(append(to, `,"record_no":`...), c.Record, 10), '}')
	}
	return append(to, ']')
}

// Hide drops what may tell a value (rule DEID-1).
func (l *LineageLine) Hide() {
	l.Source, l.Output = nil, nil
	for k, r := range l.Rules {
		if found, ok := rule.ByID(r.ID); ok && found.Stage != rule.CrossRecord && found.Stage != rule.Deidentify {
			l.Rules[k].Message = found.Title
		}
	}
}

// said tells what a finding adds to the account of a value: that it is not as it came.
func said(f *record.Finding) bool { return f.Outcome > record.OK }

// addRule adds a finding to the rules of a line, once for each rule and message.
func (l *LineageLine) addRule(f *record.Finding) {
	r := LineageRule{f.Rule, f.Message}
	if f.Rule != "" && !slices.Contains(l.Rules, r) {
		l.Rules = append(l.Rules, r)
	}
}
