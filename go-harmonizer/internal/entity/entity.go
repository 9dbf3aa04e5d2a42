// Package entity is section 2 of the rule book as data, and section 1: which entity a file holds and which column is which field.
//
// It looks at headers only. Where a rule needs the cells (is a bare code column LOINC?), the caller answers: see Questions.
package entity

import "slices"

// Entity is one table of section 2. Those of All and Named are shared and must not be changed.
type Entity struct {
	// Name is such as "lab_result".
	Name string `json:"name"`
	// FHIR are the R4 resource types it is read from; the first is the one it is written as. Empty for generic.
	FHIR []string `json:"fhir,omitempty"`
	// OMOP is the CDM 5.4 table, empty for generic.
	OMOP string `json:"omop,omitempty"`
	// FileTokens are words of a file name that speak for the entity; one that ends in * stands for all that begin so.
	FileTokens []string `json:"file_tokens"`
	// Fields are in output order (rule 0.9), derived ones at their place.
	Fields []Field `json:"fields"`
	// Wide are the columns that hold one kind of reading each (rule STD-VIT-4), in the order they are melted.
	Wide []Wide `json:"wide,omitempty"`

	names   names
	similar []similarName
}

// Field is a column of the output.
type Field struct {
	// Name is the canonical name.
	Name string `json:"name"`
	// Type is id, name, date, datetime, decimal, int, bool, enum, enum_list, code, phone, email, string or text.
	Type string `json:"type"`
	// Required tells that a record must have it, or one of its OneOf group.
	Required bool `json:"required,omitempty"`
	// OneOf names the group of fields of which one is required; empty: the field stands alone.
	OneOf string `json:"one_of,omitempty"`
	// Form is "long" where the field is required only in files without wide columns.
	Form string `json:"form,omitempty"`
	// Fallback is the field whose column also serves this one when it has none (rule MAP-5).
	Fallback string `json:"fallback,omitempty"`
	// DerivedFrom is the field it is computed from; empty: it is read.
	DerivedFrom string `json:"derived_from,omitempty"`
	// FilledFrom are fields whose rules may fill it where it is empty, so that it is in the output with any of them.
	FilledFrom []string `json:"filled_from,omitempty"`
	// Present is "always" for fields that are in the output whatever the file has.
	Present string `json:"present,omitempty"`
	// Aliases are the accepted keys besides the name, best first.
	Aliases []Alias `json:"aliases,omitempty"`
	// Companions are columns that are composed into the field.
	Companions []Companion `json:"companions,omitempty"`
	// Std and Val are the ids of the rules; one that ends in * stands for a family.
	Std []string `json:"std,omitempty"`
	Val []string `json:"val,omitempty"`
	// FHIR is the path in R4, OMOP the table and column in CDM 5.4; empty: none.
	FHIR string `json:"fhir,omitempty"`
	OMOP string `json:"omop,omitempty"`
	// Event is "birth", "past" or "end" for dates, else empty.
	Event string `json:"event,omitempty"`
	// Deid is what Safe Harbor makes of it: a Treatment, and after a colon what that is about.
	Deid string `json:"deid"`
	// SourceColumn tells that the output has a column <name>_source when the field is mapped (rule 0.2).
	SourceColumn bool `json:"source_column,omitempty"`
}

// Alias is a key that stands for a field.
type Alias struct {
	// Key is by rule MAP-1.
	Key string
	// When is the condition on the column's values: "loinc", "rxnorm" or "uid", or one of them after "not_"; empty: always.
	When string
}

// Companion is a column that is composed into a field, and passes through as well (rule MAP-4).
type Companion struct {
	// Part is what it holds: time, offset, unit, comparator, year, month or day.
	Part string `json:"part"`
	// Keys are the accepted keys, best first.
	Keys []string `json:"keys"`
	// With are the keys of the field's own column that it goes with; none: any.
	With []string `json:"with,omitempty"`
	// Alone tells that it makes the field even without a column of the field's own.
	Alone bool `json:"alone,omitempty"`
}

// Wide is a column of readings of one kind.
type Wide struct {
	// Name is the canonical name of the column.
	Name string `json:"name"`
	// Type is the vital_type of its readings (rule STD-VIT-1).
	Type string `json:"type"`
	// Aliases are the accepted keys besides the name, best first.
	Aliases []string `json:"aliases"`
	// Suffixes are endings that name a unit, as in temp_f, with the unit in UCUM.
	Suffixes map[string]string `json:"suffixes"`
}

// All returns the entities in the order of the rule book.
func All() []*Entity { return book().entities }

// Named returns the entity of that name.
func Named(name string) (*Entity, bool) {
	i := slices.IndexFunc(All(), func(e *Entity) bool { return e.Name == name })
	if i < 0 {
		return nil, false
	}
	return All()[i], true
}

// Field returns the position of a field in Fields, -1 when there is none of that name.
func (e *Entity) Field(name string) int {
	return slices.IndexFunc(e.Fields, func(f Field) bool { return f.Name == name })
}

// Derived tells that the field is computed, never read.
func (f *Field) Derived() bool { return f.DerivedFrom != "" }

// AliasKeys returns the keys of the aliases, best first, each once.
func (f *Field) AliasKeys() []string {
	keys := make([]string, 0, len(f.Aliases))
	for _, a := range f.Aliases {
		if !slices.Contains(keys, a.Key) {
			keys = append(keys, a.Key)
		}
	}
	return keys
}
