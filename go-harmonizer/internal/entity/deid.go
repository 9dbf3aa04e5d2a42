package entity

import "strings"

// Treatment is what Safe Harbor makes of a field (rules DEID-1 to DEID-4). Where the rule book names a field, it decides; the others
// are decided here:
//   - Names and NPIs of providers are removed and their ids replaced: they are not the patient's, but they are unique, public, and with
//     a date they narrow down who the patient is.
//   - An institution is removed because it tells the city; a facility, a payer and every order, specimen and record has an id that is
//     replaced, so that what belongs together still does.
//   - Terms (tests, drugs, diagnoses, devices, places on the body) stay. What a person wrote about a patient is free text.
type Treatment string

// The treatments.
const (
	// Stays: the value is one of a vocabulary. Text that could not be read as such is dropped.
	Stays Treatment = "keep"
	// StaysNumber: the value is a number; any other text is dropped.
	StaysNumber Treatment = "number"
	// StaysRead: the text stays when the rule read one of the fields after the colon out of it; else it is free text.
	StaysRead Treatment = "reading"
	// StaysMark: the number of a record, which the harmonizer gave it.
	StaysMark Treatment = "mark"
	// Removed: the value identifies the person.
	Removed Treatment = "remove"
	// RemovedText: free text.
	RemovedText Treatment = "text"
	// Pseudonym: a keyed pseudonym takes its place; the class after the colon tells which fields have the same for the same value.
	Pseudonym Treatment = "pseudonym"
	// PseudonymUID: a pseudonym in the form of a DICOM UID.
	PseudonymUID Treatment = "uid"
	// YearOnly: a date about the person.
	YearOnly Treatment = "date"
	// YearOfBirth: a date of birth; none for those above 89.
	YearOfBirth Treatment = "birth"
	// TopCoded: an age, 90+ for those above 89; what is derived from it goes then.
	TopCoded Treatment = "age"
	// ZIPPrefix: a postal code.
	ZIPPrefix Treatment = "zip"
)

// Treatment returns what Safe Harbor makes of the field, and what stands after the colon: a class, or names of fields.
func (f *Field) Treatment() (how Treatment, of []string) {
	name, rest, ok := strings.Cut(f.Deid, ":")
	if ok {
		of = strings.Split(rest, ",")
	}
	return Treatment(name), of
}
