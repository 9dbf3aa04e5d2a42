package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// labRules are the rules of this family, in the order of the rule book. The virtual field _analyte serves STD-LAB-1 and settles units;
// STD-QUAL-1 serves all rules of result_value, which is read in one go: words, comparator, number, unit, conversion, plausibility.
var labRules = []Rule{
	{ID: "STD-UNIT-1", Title: "Unit", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "code-invalid", Cell: &Standardizer{Bind: labUnits}},
	{ID: "VAL-UNIT-1", Title: "Known unit", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid"},
	{ID: "STD-LAB-1", Title: "Analyte", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid"},
	{ID: "STD-LAB-2", Title: "Canonical unit of the analyte", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "value"},
	{ID: "STD-LAB-3", Title: "HbA1c in per cent", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "value"},
	{ID: "STD-LAB-4", Title: "Filler of a vendor", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "value"},
	{ID: "VAL-LAB-1", Title: "Plausible result", Stage: Validate, Category: "plausibility", Subcategory: "atemporal", Severity: record.Error, FHIR: "value"},
	{ID: "VAL-LAB-4", Title: "One value under the name of a panel", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "code-invalid"},
	{ID: "STD-REF-1", Title: "Reference range", Stage: Derivation, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "value", Cell: &references},
	{ID: "VAL-LAB-3", Title: "Consistent reference range", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "invariant", Cell: &boundConversion, Record: &boundCheck},
	{ID: "STD-FLAG-1", Title: "Interpretation", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid", Cell: &Standardizer{Bind: abnormalFlags}},
	{ID: "VAL-LAB-2", Title: "Flag against range", Stage: Validate, Category: "conformance", Subcategory: "computational", Severity: record.Warning, FHIR: "business-rule", Record: &flagCheck},
	{ID: "STD-QUAL-1", Title: "Result in words", Stage: Standardize, FHIR: "value", Cell: &labValue},
	{ID: "STD-STAT-1", Title: "Status", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "code-invalid", Cell: &Standardizer{Bind: status}},
}

// labVirtuals are the fields of this family that only other fields read.
var labVirtuals = []Virtual{{Entity: "lab_result", Field: "_analyte", Standardizer: measured}}
