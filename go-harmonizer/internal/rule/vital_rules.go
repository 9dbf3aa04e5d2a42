package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// vitalRules are the rules of this family, in the order of the rule book.
var vitalRules = []Rule{
	{ID: "STD-VIT-1", Title: "Type of vital sign", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid", Cell: &Standardizer{Peers: []string{"_part"}, Bind: standardizeVitalTypes}},
	// The plan makes two records of a blood pressure; STD-VIT-2 then serves STD-VIT-3 and VAL-VIT-1 for value, too.
	{ID: "STD-VIT-2", Title: "Blood pressure in two records", Stage: Derivation, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value", Cell: readings()},
	{ID: "STD-VIT-3", Title: "Unit of a vital sign", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid", Cell: &Standardizer{Bind: standardizeVitalUnits}},
	{ID: "VAL-VIT-1", Title: "Plausible vital sign", Stage: Validate, Category: "plausibility", Subcategory: "atemporal", Severity: record.Error, FHIR: "value"},
	{ID: "VAL-VIT-2", Title: "Systolic above diastolic pressure", Stage: Validate, Category: "plausibility", Subcategory: "atemporal", Severity: record.Error, FHIR: "invariant", Record: pressurePair},
	// VAL-VIT-3 looks at all records of a patient: package cross.
	{ID: "VAL-VIT-3", Title: "Body mass index, height and weight agree", Stage: CrossRecord, Category: "conformance", Subcategory: "computational", Severity: record.Warning, FHIR: "business-rule"},
	// The plan melts wide files.
	{ID: "STD-VIT-4", Title: "Columns of vital signs made records", Stage: Derivation, FHIR: "informational"},
}

// vitalVirtuals are the fields of this family that only other fields read.
var vitalVirtuals = []Virtual{}
