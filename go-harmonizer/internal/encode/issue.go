package encode

import (
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/ndjsonfmt"
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
	to = i.appendStart(to)
	if i.Record > 0 {
		to = strconv.AppendInt(to, i.Record, 10)
	} else {
		to = append(to, "null"...)
	}
	return i.appendTail(appendOutput(appendSource(i.appendMiddle(to), i.Source), i.Output))
}

// appendStart writes what stands before the number of the record.
func (i *Issue) appendStart(to []byte) []byte {
	to = appendField(to, '{', "rule_id", i.Rule)
	to = appendField(to, ',', "severity", i.Severity.String())
	to = appendField(to, ',', "fhir_code", rule.FHIRCode(i.Rule, i.Severity))
	to = appendField(to, ',', "entity", i.Entity)
	to = appendField(to, ',', "file", i.File)
	return append(to, `,"record_no":`...)
}

// appendMiddle writes what stands between the number and the values.
func (i *Issue) appendMiddle(to []byte) []byte {
	to = appendField(to, ',', "source_column", i.Column)
	to = appendField(to, ',', "field", i.Field)
	return appendField(to, ',', "outcome", i.Outcome.String())
}

func appendSource(to, text []byte) []byte { return appendValue(to, `,"source_value":`, text) }
func appendOutput(to, text []byte) []byte { return appendValue(to, `,"output_value":`, text) }

// appendTail writes what follows the values.
func (i *Issue) appendTail(to []byte) []byte {
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

// Hide drops what may tell a value of the input (rule DEID-1): the values, and messages of warnings and errors, which may name what was
// read. Messages about several records name these alone.
func (i *Issue) Hide() {
	i.Source, i.Output = nil, nil
	if r, ok := rule.ByID(i.Rule); ok && i.Severity > record.Information && r.Stage != rule.CrossRecord && r.Stage != rule.Deidentify {
		i.Message = r.Title
	}
}
