package encode

import (
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/ndjsonfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Issue is an issue record of rule 0.4.
type Issue struct {
	Rule     string
	Severity record.Severity
	Entity   string
	File     string
	// Record is the number of the record; 0: a file, a column, or several records.
	Record int64
	Column string // header as written
	Field  string
	// Outcome is what became of the field; None: not about that.
	Outcome record.Outcome
	// Source and Output are values; nil: null.
	Source, Output []byte
	Message        string
	Count          int64
	Records        []int64 // first records of an issue that was put together
}

// Append writes the issue as a line of JSON.
func (i *Issue) Append(to []byte) []byte {
	to = appendField(to, '{', "rule_id", i.Rule)
	to = appendField(to, ',', "severity", i.Severity.String())
	to = appendField(to, ',', "fhir_code", rule.FHIRCode(i.Rule, i.Severity))
	to = appendField(to, ',', "entity", i.Entity)
	to = appendField(to, ',', "file", i.File)
	to = append(to, `,"record_no":`...)
	if i.Record > 0 {
		to = strconv.AppendInt(to, i.Record, 10)
	} else {
		to = append(to, "null"...)
	}
	to = appendField(to, ',', "source_column", i.Column)
	to = appendField(to, ',', "field", i.Field)
	to = appendField(to, ',', "outcome", i.Outcome.String())
	to = appendValue(to, `,"source_value":`, i.Source)
	to = appendValue(to, `,"output_value":`, i.Output)
	to = appendField(to, ',', "message", i.Message)
	to = strconv.AppendInt(append(to, `,"count":`...), i.Count, 10)
	if len(i.Records) > 0 {
		to = append(to, `,"record_nos":[`...)
		for k, n := range i.Records {
			if k > 0 {
				to = append(to, ',')
			}
			to = strconv.AppendInt(to, n, 10)
		}
		to = append(to, ']')
	}
	return append(to, '}', '\n')
}

// appendField writes a name and a text; an empty text is null.
func appendField(to []byte, start byte, name, text string) []byte {
	to = append(append(append(to, start, '"'), name...), '"', ':')
	if text == "" {
		return append(to, "null"...)
	}
	return ndjsonfmt.AppendString(to, []byte(text))
}

func appendValue(to []byte, name string, text []byte) []byte {
	to = append(to, name...)
	if text == nil {
		return append(to, "null"...)
	}
	return ndjsonfmt.AppendString(to, text)
}

type issueWriter struct{ entity, file string }

func newIssueWriter(entity, file string) issueWriter { return issueWriter{entity, file} }

// report counts the findings of a record and writes those that are written record by record.
func (e *Encoder) report(t *plan.Table, i int, extra []plan.Extra, b *Block) {
	for s := range t.Values {
		if !e.plan.Reports(s) {
			continue
		}
		v := t.Values[s][i]
		for k := range v.Findings {
			e.reportOne(t, i, s, &v.Findings[k], b)
		}
	}
	for k := range extra {
		if extra[k].Slot >= 0 {
			e.reportOne(t, i, extra[k].Slot, &extra[k].Finding, b)
		}
	}
	for _, c := range e.formula {
		e.reportFormula(t, i, c, b)
	}
}

func (e *Encoder) reportOne(t *plan.Table, i, slot int, f *record.Finding, b *Block) {
	if f.Field != "" {
		if s := e.plan.Slot(f.Field); s >= 0 {
			slot = s
		}
	}
	v := t.Values[slot][i]
	var source []byte
	output := v.Text
	if f.Severity > 0 {
		if source = t.Raw(slot, i); len(source) == 0 {
			source = nil
		}
	}
	if e.options.Private {
		source, output = nil, nil
	}
	e.worker.Counters.Add(f.Counter, t.Numbers[i], source, output)
	if rule.PutTogether(*f) {
		return
	}
	outcome := f.Outcome
	if outcome == record.None {
		outcome = v.Outcome
	}
	column := t.Column(slot, i)
	issue := Issue{Rule: f.Rule, Severity: f.Severity, Entity: e.issues.entity, File: e.issues.file, Record: t.Numbers[i],
		Column: column.Header, Field: column.Field, Outcome: outcome, Source: source, Output: output, Message: f.Message, Count: 1}
	if e.options.Private {
		issue.Hide()
	}
	b.add(&issue)
	if f.Severity == record.Error && e.options.Quarantine && e.plan.IsRequired(slot) {
		e.withdraw(t, i, f.Rule, issue.Message, b)
	}
}

const formulaMessage = "a spreadsheet would run this cell as a formula; a leading ' was added"

func (e *Encoder) reportFormula(t *plan.Table, i, c int, b *Block) {
	out := &e.plan.Written[c]
	text := e.text(t, i, out)
	column := t.Column(out.Slot, i)
	f := record.Finding{Rule: "SEC-1", Field: out.Name, Severity: record.Warning, Outcome: record.Changed, Message: formulaMessage}
	f.Counter = e.worker.Counters.Intern(e.worker.Counters.Column(column), f)
	e.worker.Counters.Add(f.Counter, t.Numbers[i], nil, nil)
	issue := Issue{Rule: f.Rule, Severity: f.Severity, Entity: e.issues.entity, File: e.issues.file, Record: t.Numbers[i],
		Column: column.Header, Field: out.Name, Outcome: record.Changed, Source: text, Output: append([]byte{'\''}, text...),
		Message: f.Message, Count: 1}
	if e.options.Private {
		issue.Hide()
	}
	b.add(&issue)
}

// Hide drops what may tell a value of the input (rule DEID-1): the values, and messages of warnings and errors, which may name what was
// read. Messages about several records name these alone.
func (i *Issue) Hide() {
	i.Source, i.Output = nil, nil
	if r, ok := rule.ByID(i.Rule); ok && i.Severity > record.Information && r.Stage != rule.CrossRecord && r.Stage != rule.Deidentify {
		i.Message = r.Title
	}
}

// add keeps an issue that is written record by record.
func (b *Block) add(issue *Issue) {
	b.Issues.Text = issue.Append(b.Issues.Text)
	b.Issues.Add(issue.Record)
	if issue.Severity == record.Error {
		b.Errors++
	} else {
		b.Warnings++
	}
}
