package rule

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/terminology"
)

// Order says which of day and month stands first.
type Order uint8

// The orders.
const (
	OrderUnset Order = iota
	MonthFirst
	DayFirst
)

// Date is a day of the proleptic Gregorian calendar. Month and Day are 0 where the precision does not reach them.
type Date struct{ Year, Month, Day int }

// Params are the job parameters of rule 0.5, with their defaults filled in.
type Params struct {
	AsOf            Date             // full date; counts as today
	DefaultCountry  string           // ISO 3166 alpha-2
	DefaultTimezone string           // IANA name or ""
	DateOrder       Order            // where the evidence does not decide
	ColumnDateOrder map[string]Order // by canonical field, decided outright
	DecimalMark     byte             // '.' or ',', 0: from evidence
	// Declared are the types of columns that pass through, by key or by header as written.
	Declared      map[string]*Declared
	SourceSystem  string
	SexCoding     string // "", "iso5218" or "01"
	MaritalCoding string // "", "v2" or "v3"
	Excel1904     bool
	// Terminology is the code systems whose codes are known; nil: only their shape is tested.
	Terminology *terminology.Set
}

// Column is what is known of one field of one file before its cells are standardized. The evaluators of all workers share it
// and must not change it.
type Column struct {
	Entity   string // such as "lab_result"
	Field    string // canonical name, or the key of a column that passes through
	Type     string // type of the field in the rule book: id, date, text …; "text" for what passes through
	Event    string // "birth", "end" or "past" for dates, else ""
	Required bool
	Header   string // header as written, "" when no column maps to the field
	Key      string // the header's key by rule MAP-1
	// PassThrough tells that no field of the entity takes the column.
	PassThrough bool
	// Declared is what the job says of a column that passes through; nil: nothing.
	Declared *Declared
	// Harmonized tells that the file is the output of an earlier run (rule 0.10): no evidence is taken.
	Harmonized bool
	Params     *Params
	// Weigher holds the evidence of the first pass; nil when the rule takes none or the file is harmonized.
	Weigher Weigher
	// File is all columns of the same entity of the same file, this one included.
	File *File
}

// File is the columns of one entity of one file.
type File struct {
	Entity  string
	Columns []*Column // fields in order of section 2, then what passes through
	// References are the patients and encounters of all files of the job; nil: it has one file. They are complete for the records of
	// a file before these are standardized.
	References *References
}

// Column returns the column of a field, nil when the file has none.
func (f *File) Column(field string) *Column {
	for _, c := range f.Columns {
		if c.Field == field && !c.PassThrough {
			return c
		}
	}
	return nil
}

// Weigher gathers evidence from the cells of one column in the first pass. What it gathers must not depend on the order of the
// cells, nor on how they were shared out among weighers that are merged later.
type Weigher interface {
	// Add counts a cleaned, non-null text n times. It must not keep the slice.
	Add(text []byte, n int64)
	// Merge adds what another weigher of the same column gathered.
	Merge(other Weigher)
}

// DateShape is what was counted for one shape of dates (rule STD-DATE-3), for people who look at it.
type DateShape struct {
	Shape      string `json:"shape"`
	DayFirst   int64  `json:"day_first"`
	MonthFirst int64  `json:"month_first"`
	Undecided  int64  `json:"undecided"`
	Decision   string `json:"decision"`
}

// Description is what a rule decided about a column, for people who look at it; without values.
type Description struct {
	Shapes    []DateShape
	Decisions []string
}

// Standardizer computes what a cell of a field becomes. The result must be a function of the cell's text, its peers and its
// column alone, because it is computed once for equal cells and remembered.
type Standardizer struct {
	// Peers are fields whose output it reads; they are standardized before. Cell.Peer(i) is the i-th.
	Peers []string
	// Sources are fields whose cleaned text (before standardization) it reads. Cell.Source(i) is the i-th.
	Sources []string
	// Derives are fields it also writes, as Cell.Derive(i). A name that begins with "_" is for peers only and is no column.
	// Deriving a field that has a column of its own replaces that field's text.
	Derives []string
	// OnNull has it called for null cells too, with Text nil, also when a rule before it nulled them.
	OnNull bool
	// Always has it called for null cells, and for cells that a rule kept or nulled, too.
	Always bool
	// Weigh makes an empty weigher for a column; nil: it needs no evidence.
	Weigh func(*Column) Weigher
	// Notes are findings about the column once it is weighed; may be nil.
	Notes func(*Column) []record.Finding
	// Describe tells people what was decided; may be nil.
	Describe func(*Column) Description
	// Conclude are findings about the column at the end, from what was counted with Cell.Count; may be nil.
	Conclude func(c *Column, counts map[string]int64) []record.Finding
	// Bind makes the function for the cells of a column. It is called once for each worker and may own scratch space.
	Bind func(*Column) func(*Cell)
}
