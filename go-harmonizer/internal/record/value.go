package record

// Finding is one thing a rule says about a field of a record. It is immutable and shared by all records with the same value.
type Finding struct {
	// Rule is the stable id of the rule, such as "STD-SEX-1".
	Rule string
	// Field is the canonical field it is about; empty: the field whose standardization found it.
	Field string
	// Message is constant text for information; for warnings and errors it may name the readings that were weighed.
	Message string
	// Severity says how bad it is.
	Severity Severity
	// Outcome is what became of the field.
	Outcome Outcome
	// Aggregate puts warnings of one message together, as information always is (rule 0.4: an inference).
	Aggregate bool
	// Counter is the place in the counters of the worker that made the value.
	Counter int32
}

// Traits are what a value, or some value of many, is.
type Traits uint8

// The traits.
const (
	Filled   Traits = 1 << iota // not null
	Noted                       // it has findings
	Failing                     // one of them is an error, perhaps about another field
	Changing                    // Differs
	Deriving                    // it has Derived

	AnyTraits = Filled | Noted | Failing | Changing | Deriving // nothing is known
)

// Value is what a cell became. It is immutable and may stand for many cells. What most readers look at stands first, in one line
// of a processor's cache.
type Value struct {
	// Text is the output; nil is null. It is never empty.
	Text []byte
	// Findings are what the rules said.
	Findings []Finding
	// Outcome is what became of the field.
	Outcome Outcome
	// Absent is why the value is null, Present when it is not or the cell was empty.
	Absent Reason
	// Differs tells that the text is not the cell as it came, so that the _source column holds the cell.
	Differs bool
	// Worst is the highest severity of the findings about this field; 0: none.
	Worst Severity
	// Layout is scratch for the writer of the record, which caches there what it found out about Text; 0: not yet.
	Layout uint8
	// Remembered tells that the value outlives its batch, and may stand for cells of others.
	Remembered bool
	// Traits sum the value up.
	Traits Traits
	// Seen is scratch for the profile of the column, which counts there the records of a remembered value.
	Seen uint32
	// Alike is the same number for values with the same Text, Outcome and Absent, as far as one worker made them for other fields to
	// read; 0: not known.
	Alike uint32
	// Clean is the text after hygiene and before standardization; nil when the cell was empty or stood for a missing value.
	Clean []byte
	// Derived are the other fields that the rule wrote, in the order of its Derives; a nil element: nothing was derived.
	Derived []*Value
	// CleanAlike is such a number for the same Clean.
	CleanAlike uint32
	// Tally is what the rule counts the records of the value under, a counter as in Finding plus 1; 0: nothing.
	Tally int32
	// Folded is scratch for those who compare records, who cache there a hash of the comparison key of Text; 0: not yet.
	Folded uint64
}

// Sum fills in Traits.
func (v *Value) Sum() {
	v.Traits = 0
	if v.Text != nil {
		v.Traits |= Filled
	}
	if v.Differs {
		v.Traits |= Changing
	}
	if len(v.Derived) > 0 {
		v.Traits |= Deriving
	}
	for i := range v.Findings {
		v.Traits |= Noted
		if v.Findings[i].Severity == Error {
			v.Traits |= Failing
		}
	}
}

// The numbers of likeness of values that every worker knows.
const (
	AlikeNull  = 1 + iota // an empty cell, and its clean text
	AlikeFirst            // from here on there are constants of other packages
	AlikeOwn   = 16       // and from here on each worker's own
)

// Null is the value of an empty cell.
var Null = &Value{Outcome: OK, Alike: AlikeNull, CleanAlike: AlikeNull}
