package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// byteRules run in packages charset and csvfmt.
var byteRules = []Rule{
	{ID: "STD-ENC-1", Title: "Encoding of the file", Stage: Decode, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "structure"},
	{ID: "STD-CSV-1", Title: "Rows and cells", Stage: Parse, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "structure"},
	{ID: "STD-CSV-2", Title: "Preamble and missing header", Stage: Parse, FHIR: "structure"},
}

// headerRules run in package entity.
var headerRules = []Rule{
	{ID: "MAP-1", Title: "Header key", Stage: MapHeaders, FHIR: "structure"},
	{ID: "MAP-2", Title: "Entity choice", Stage: MapHeaders, FHIR: "structure"},
	{ID: "MAP-3", Title: "Column to field", Stage: MapHeaders, FHIR: "structure"},
	{ID: "MAP-4", Title: "Two columns for one field", Stage: MapHeaders, FHIR: "structure"},
	{ID: "MAP-5", Title: "Missing required column", Stage: MapHeaders, Category: "conformance", Subcategory: "relational", Severity: record.Error, FHIR: "required"},
	{ID: "MAP-6", Title: "Row routing", Stage: MapHeaders},
}

// crossRules run in package cross, over all records.
var crossRules = []Rule{
	{ID: "VAL-REF-1", Title: "Reference to a patient or encounter", Stage: CrossRecord, Category: "conformance", Subcategory: "relational", Severity: record.Warning, FHIR: "not-found", Record: referenceCheck},
	{ID: "DED-1", Title: "Exact duplicate", Stage: CrossRecord, Category: "plausibility", Subcategory: "uniqueness", Severity: record.Warning, FHIR: "duplicate"},
	{ID: "DED-2", Title: "Key duplicate", Stage: CrossRecord, Category: "conformance", Subcategory: "relational", Severity: record.Warning, FHIR: "duplicate"},
	{ID: "DED-3", Title: "Identifier collision", Stage: CrossRecord, Category: "conformance", Subcategory: "relational", Severity: record.Error, FHIR: "conflict"},
	{ID: "DED-4", Title: "Conflicting results", Stage: CrossRecord, Category: "conformance", Subcategory: "relational", Severity: record.Warning, FHIR: "conflict"},
	{ID: "DED-5", Title: "Probably the same patient", Stage: CrossRecord, Category: "plausibility", Subcategory: "uniqueness", Severity: record.Warning, FHIR: "multiple-matches"},
	{ID: "DED-6", Title: "Records made one", Stage: CrossRecord, Severity: record.Error, FHIR: "conflict"},
}

// exportRules run in the writers of artifacts.
var exportRules = []Rule{
	{ID: "SEC-1", Title: "Formula in a spreadsheet cell", Stage: Export, FHIR: "business-rule"},
}

// qualityRules run in package report.
var qualityRules = []Rule{
	{ID: "DQ-1", Title: "Check result", Stage: Quality},
	{ID: "DQ-3", Title: "Score", Stage: Quality},
	{ID: "DQ-6", Title: "Accounting identity", Stage: Quality, FHIR: "structure"},
}
