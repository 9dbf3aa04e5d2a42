package rule

import (
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Stage is the place of a rule in the order of rule 0.1.
type Stage string

// The stages, in the order in which they run.
const (
	Decode      Stage = "decode"
	Parse       Stage = "parse"
	MapHeaders  Stage = "map"
	TextHygiene Stage = "text"
	Missing     Stage = "missing"
	Standardize Stage = "standardize"
	Derivation  Stage = "derive"
	Validate    Stage = "validate"
	CrossRecord Stage = "cross_record"
	Deidentify  Stage = "deidentify"
	Export      Stage = "export"
	Quality     Stage = "report"
)

// Rule is one row of the table of rules.
type Rule struct {
	// ID is the stable id of the rule book, such as "STD-SEX-1". Parts of one heading are rows of their own.
	ID string
	// Title says in a few words what the rule is about.
	Title string
	// Stage is where it runs.
	Stage Stage
	// Category and Subcategory are those of rule DQ-1; empty: it is no check.
	Category, Subcategory string
	// Severity is the highest it reports; it decides the threshold of rule DQ-2. 0: no check.
	Severity record.Severity
	// FHIR is the code of rule DQ-5 for its errors and warnings; information is "informational".
	FHIR string
	// Cell standardizes or validates the fields that name the rule in their entity's file; may be nil.
	Cell *Standardizer
	// Record looks at whole records; may be nil.
	Record *RecordRule
}

// Virtual is a field that no file has and no output shows: it exists for other fields to read. Its name begins with "_".
type Virtual struct {
	Entity, Field string
	Standardizer  Standardizer
}

// Table returns all rules in the order of the rule book. A new rule is a file, a line in its family's list, and a case folder.
func Table() []Rule {
	var all []Rule
	for _, family := range [][]Rule{byteRules, headerRules, textRules, numberRules, dateRules, personRules, labRules, vitalRules,
		medicationRules, imagingRules, encounterRules, crossRules, privacyRules, exportRules, qualityRules} {
		all = append(all, family...)
	}
	return all
}

// Virtuals returns all virtual fields.
func Virtuals() []Virtual {
	var all []Virtual
	for _, family := range [][]Virtual{labVirtuals, vitalVirtuals, imagingVirtuals} {
		all = append(all, family...)
	}
	return all
}

var byID = sync.OnceValue(func() map[string]*Rule {
	ids, all := map[string]*Rule{}, Table()
	for i := range all {
		ids[all[i].ID] = &all[i]
	}
	return ids
})

// ByID returns the rule of an id. It is shared and must not be changed.
func ByID(id string) (*Rule, bool) {
	r, ok := byID()[id]
	return r, ok
}
