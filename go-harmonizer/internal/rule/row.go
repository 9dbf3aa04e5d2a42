package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// RecordRule looks at several standardized fields of one record: it checks them against each other or fills one from another.
type RecordRule struct {
	// Entities are those it applies to; none: all.
	Entities []string
	// Fields are those it reads and writes; Row.Text(i) is the i-th. A file need not have them all.
	Fields []string
	// Needs are the positions in Fields without which it does nothing, so that it is left out of files that lack them.
	Needs []int
	// Bind makes the function for the records of one file; nil: it does nothing there. It is called once for each worker.
	Bind func(*File, *Params) func(*Row)
}

// Row is the fields of one record that a RecordRule asked for.
type Row struct {
	columns [][]*record.Value
	slots   []int // of the fields in columns, -1: the file does not have it
	at      int   // the record
	before  int   // the record before, -1: there is none
	found   []RowFinding
	arena   *Arena
}

// Fields is how many fields the rule asked for.
func (r *Row) Fields() int { return len(r.slots) }

// Has tells that the file has the i-th field.
func (r *Row) Has(i int) bool { return r.slots[i] >= 0 }

// of returns what the i-th field of a record became, nil when the file does not have it.
func (r *Row) of(i, at int) *record.Value {
	if s := r.slots[i]; s >= 0 {
		return r.columns[s][at]
	}
	return nil
}

// Text returns the output of the i-th field, nil when it is null or the file does not have it.
func (r *Row) Text(i int) []byte { return textOf(r.of(i, r.at)) }

// Value returns what the i-th field became; never nil.
func (r *Row) Value(i int) *record.Value {
	if v := r.of(i, r.at); v != nil {
		return v
	}
	return record.Null
}

// Usable returns the output of the i-th field unless it was kept because it could not be standardized.
func (r *Row) Usable(i int) []byte {
	if v := r.of(i, r.at); v != nil && v.Outcome != record.Kept {
		return v.Text
	}
	return nil
}

// PrevText returns the output of the i-th field of the record before, when that record was made from the same source record
// (the halves of a blood pressure, the readings of a wide row); else nil.
func (r *Row) PrevText(i int) []byte {
	if r.before < 0 {
		return nil
	}
	return textOf(r.of(i, r.before))
}

// Bytes returns an empty slice with room for n bytes that lives as long as the record.
func (r *Row) Bytes(n int) []byte { return r.arena.Bytes(n) }

// Fill makes text the output of the i-th field and says why.
func (r *Row) Fill(i int, text []byte, rule string, severity record.Severity, message string) {
	v := r.arena.value()
	v.Text, v.Clean, v.Outcome, v.Differs = text, r.Value(i).Clean, record.Changed, true
	v.Findings = r.Value(i).Findings
	v.Sum()
	if s := r.slots[i]; s >= 0 {
		r.columns[s][r.at] = v
	}
	r.find(i, record.Finding{Rule: rule, Severity: severity, Outcome: record.Changed, Message: message})
}

// Keep says that the i-th field stays as it is although something is wrong with it.
func (r *Row) Keep(i int, rule string, severity record.Severity, message string) {
	r.find(i, record.Finding{Rule: rule, Severity: severity, Outcome: record.Kept, Message: message})
}

// Note says something about the i-th field.
func (r *Row) Note(i int, rule string, severity record.Severity, message string) {
	r.find(i, record.Finding{Rule: rule, Severity: severity, Message: message})
}

// NoteBoth is Note, and makes the record before an erroneous one too when the severity is Error (rule VAL-VIT-2).
func (r *Row) NoteBoth(i int, rule string, severity record.Severity, message string) {
	r.found = append(r.found, RowFinding{i, record.Finding{Rule: rule, Severity: severity, Message: message}, true})
}

func (r *Row) find(i int, f record.Finding) {
	r.found = append(r.found, RowFinding{Field: i, Finding: f})
}

// RowRunner runs a RecordRule over the records of a table, for one worker.
type RowRunner struct {
	row Row
	run func(*Row)
}

// RowFinding is what a RecordRule said about the field at a position of its Fields.
type RowFinding struct {
	Field   int
	Finding record.Finding
	// Both tells that it is about the record before as well.
	Both bool
}

// NewRowRunner binds a rule to a file; nil: the rule does nothing there. slots are the columns of its Fields, -1 for those the file does not have.
func NewRowRunner(r *RecordRule, file *File, params *Params, slots []int, arena *Arena) *RowRunner {
	run := r.Bind(file, params)
	if run == nil {
		return nil
	}
	return &RowRunner{run: run, row: Row{slots: slots, arena: arena}}
}

// Slots are the columns of the rule's Fields.
func (r *RowRunner) Slots() []int { return r.row.slots }

// Run looks at one record of columns of values and writes what it fills back to them. prev is the record before that was made
// from the same source record, -1: none. The findings last until the next call.
func (r *RowRunner) Run(columns [][]*record.Value, i, prev int) []RowFinding {
	r.row.columns, r.row.at, r.row.before, r.row.found = columns, i, prev, r.row.found[:0]
	r.run(&r.row)
	return r.row.found
}
