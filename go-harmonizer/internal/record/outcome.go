// Package record holds what flows through the harmonizer: batches of cells, the values they become, and what was found on the way.
// It imports nothing of ours.
package record

// Severity says how bad a finding is.
type Severity uint8

// The severities, in rising order.
const (
	Information Severity = iota + 1
	Warning
	Error
)

// String returns the word of rule 0.4.
func (s Severity) String() string {
	return [...]string{"", "information", "warning", "error"}[s]
}

// Outcome says what became of a field (rule 0.2).
type Outcome uint8

// The outcomes. None is for findings that are not about what became of a field.
const (
	None Outcome = iota
	OK
	Changed
	Nulled
	Kept
	OutcomeCount // number of outcomes
)

// String returns the word of rule 0.4.
func (o Outcome) String() string {
	return [...]string{"", "ok", "changed", "nulled", "kept"}[o]
}

// Reason is why a value is absent, a code of FHIR's data-absent-reason.
type Reason uint8

// The reasons. Present is for values that are there, and for cells that were empty.
const (
	Present Reason = iota
	Unknown
	NotApplicable
	AskedDeclined
	NotPerformed
	TempUnknown
	Masked
	ErrorReason
	ReasonCount // number of reasons
)

// String returns the code.
func (r Reason) String() string {
	return [...]string{"", "unknown", "not-applicable", "asked-declined", "not-performed", "temp-unknown", "masked", "error"}[r]
}
