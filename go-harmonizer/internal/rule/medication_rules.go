package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// medicationRules are the rules of this family, in the order of the rule book. STD-RX-1 and STD-NDC-1 stand among the codes, STD-STAT-1
// among the laboratory's.
var medicationRules = []Rule{
	// STD-MED-1 serves VAL-MED-1, too: a name that is none keeps its case.
	{ID: "STD-MED-1", Title: "Name of a drug", Stage: Standardize, FHIR: "informational", Cell: &Standardizer{Bind: drugNames}},
	{ID: "VAL-MED-1", Title: "A name that may be one of a drug", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "value"},
	// STD-MED-2 serves VAL-MED-2, too: a dose is judged in the unit it was read in.
	{ID: "STD-MED-2", Title: "Dose in numbers and UCUM units", Stage: Derivation, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value", Cell: &doses},
	{ID: "VAL-MED-2", Title: "Plausible dose", Stage: Validate, Category: "plausibility", Subcategory: "atemporal", Severity: record.Warning, FHIR: "value"},
	{ID: "STD-MED-3", Title: "Frequency as timing of FHIR", Stage: Derivation, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "code-invalid", Cell: &timings},
	{ID: "STD-MED-4", Title: "Route of administration", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "code-invalid", Cell: &Standardizer{Bind: routes}},
}
