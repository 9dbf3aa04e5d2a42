package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// Firsts is how many record numbers an issue that was put together names (rule 0.4).
const Firsts = 5

// Counter is how often one finding was made in one column, and where first.
type Counter struct {
	Column  *Column
	Finding record.Finding
	Count   int64
	// First are the smallest record numbers, ascending.
	First []int64
	// Source and Output are the values of the first record; nil: null.
	Source, Output []byte
}

// Counters counts findings for one worker. Equal findings share a counter; the messages of warnings and errors that are written
// record by record play no part in that.
type Counters struct {
	All     []Counter
	columns []*Column
	ids     map[counterKey]int32
}

type counterKey struct {
	column                   int
	rule, field, message     string
	severity, outcome, group uint8
}

// NewCounters makes an empty set.
func NewCounters() *Counters { return &Counters{ids: map[counterKey]int32{}} }

// Column returns the number of a column within the counters.
func (c *Counters) Column(column *Column) int {
	for i, other := range c.columns {
		if other == column {
			return i
		}
	}
	c.columns = append(c.columns, column)
	return len(c.columns) - 1
}

// Intern returns the counter of a finding.
func (c *Counters) Intern(column int, f record.Finding) int32 {
	k := counterKey{column: column, rule: f.Rule, field: f.Field, severity: uint8(f.Severity), outcome: uint8(f.Outcome)}
	if PutTogether(f) {
		k.message, k.group = f.Message, 1
	}
	if id, ok := c.ids[k]; ok {
		return id
	}
	id := int32(len(c.All))
	c.All = append(c.All, Counter{Column: c.columns[column], Finding: f})
	c.ids[k] = id
	return id
}

// PutTogether tells whether issues of the finding are written once with a count (rule 0.4).
func PutTogether(f record.Finding) bool { return f.Severity <= record.Information || f.Aggregate }

// Add counts one record. The values are copied when the record is the first so far.
func (c *Counters) Add(id int32, recordNo int64, source, output []byte) {
	if c.Count(id, recordNo) {
		c.Note(id, recordNo, source, output)
	}
}

// Count counts one record, and tells whether it is one of the first, which is then to be noted with its values.
func (c *Counters) Count(id int32, recordNo int64) (first bool) {
	k := &c.All[id]
	k.Count++
	return len(k.First) < Firsts || recordNo < k.First[Firsts-1]
}

// Note keeps the number of a record that was counted, and its values when it is the first so far.
func (c *Counters) Note(id int32, recordNo int64, source, output []byte) {
	k := &c.All[id]
	if len(k.First) == 0 || recordNo < k.First[0] {
		k.Source, k.Output = clone(k.Source, source), clone(k.Output, output)
	}
	k.First = insert(k.First, recordNo)
}

// Tally counts n records of values with this tally; 0: they have none.
func (c *Counters) Tally(tally int32, n int64) {
	if tally > 0 {
		c.All[tally-1].Count += n
	}
}

func clone(to, from []byte) []byte {
	if from == nil {
		return nil
	}
	return append(to[:0], from...)
}

// insert keeps the smallest numbers in ascending order.
func insert(first []int64, n int64) []int64 {
	i := len(first)
	for i > 0 && first[i-1] > n {
		i--
	}
	first = append(first, 0)
	copy(first[i+1:], first[i:])
	first[i] = n
	return first[:min(len(first), Firsts)]
}

// Merge adds the counters of another worker.
func (c *Counters) Merge(other *Counters) {
	for _, o := range other.All {
		k := &c.All[c.Intern(c.Column(o.Column), o.Finding)]
		if len(o.First) > 0 && (len(k.First) == 0 || o.First[0] < k.First[0]) {
			k.Source, k.Output = o.Source, o.Output
		}
		k.Count += o.Count
		for _, n := range o.First {
			if len(k.First) < Firsts || n < k.First[Firsts-1] {
				k.First = insert(k.First, n)
			}
		}
	}
}
