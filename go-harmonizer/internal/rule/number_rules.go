package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// numberRules are the rules of this family, in the order of the rule book. Where a heading of the book names a STD and a VAL rule
// that look at one text, the STD rule serves both.
var numberRules = []Rule{
	{ID: "STD-NUM-1", Title: "Decimal number", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value", Cell: numbers()},
	// STD-NUM-2 is part of the rules of result_value and value; STD-NUM-3 runs within STD-NUM-1.
	{ID: "STD-NUM-2", Title: "Comparator and number", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value"},
	{ID: "STD-NUM-3", Title: "Comma as decimal mark", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value"},
	// STD-NUM-4 is the first step of the rules of ids and codes.
	{ID: "STD-NUM-4", Title: "Spreadsheet damage", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value"},
	{ID: "STD-BOOL-1", Title: "True or false", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid", Cell: &Standardizer{Bind: bools}},
	{ID: "STD-ID-1", Title: "Identifier", Stage: Standardize, FHIR: "value", Cell: &Standardizer{Bind: ids}},
	{ID: "VAL-ID-1", Title: "Plausible identifier", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value", Cell: &Standardizer{Bind: checkID}},
	{ID: "STD-SSN-1", Title: "Social security number", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value", Cell: &Standardizer{Bind: ssns}},
	{ID: "VAL-SSN-1", Title: "Social security number that is given out", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value"},
	{ID: "VAL-NPI-1", Title: "National provider identifier", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid", Cell: &Standardizer{Bind: npis}},
	// The standardizer of STD-CODE-1 is for systems and for codes that have no field for theirs; that of STD-ICD-1 reads any code.
	{ID: "STD-CODE-1", Title: "Which code system", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid", Cell: systems()},
	{ID: "STD-ICD-1", Title: "ICD code", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "code-invalid", Cell: codes()},
	{ID: "VAL-ICD-1", Title: "Shape and time of an ICD code", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid", Record: &icdDates},
	// VAL-SCT-1 is part of STD-CODE-1 and STD-ICD-1, which know the code system.
	{ID: "VAL-SCT-1", Title: "SNOMED CT concept", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid"},
	{ID: "STD-LOINC-1", Title: "LOINC code", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "code-invalid", Cell: &Standardizer{Bind: loincs}},
	{ID: "VAL-LOINC-1", Title: "LOINC check digit", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid"},
	{ID: "STD-NDC-1", Title: "National drug code", Stage: Standardize, FHIR: "code-invalid", Cell: &Standardizer{Bind: ndcs}},
	{ID: "VAL-NDC-1", Title: "National drug code, unambiguous", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid"},
	{ID: "STD-RX-1", Title: "RxNorm concept", Stage: Standardize, FHIR: "code-invalid", Cell: &Standardizer{Bind: rxnorms}},
	{ID: "VAL-RX-1", Title: "RxNorm concept identifier", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid"},
	{ID: "STD-UID-1", Title: "DICOM unique identifier", Stage: Standardize, FHIR: "code-invalid", Cell: &Standardizer{Bind: uids}},
	{ID: "VAL-UID-1", Title: "DICOM unique identifier syntax", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid"},
	{ID: "VAL-NUM-1", Title: "Count", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value", Cell: &Standardizer{Bind: checkCount}},
	// Declared enums alone have no rule of their own that keeps what is no word of theirs; it is no check beside those of fields.
	{ID: "VAL-REQ-1", Title: "Required field", Stage: Validate, Category: "conformance", Subcategory: "relational", Severity: record.Error, FHIR: "required", Cell: &Standardizer{Always: true, Bind: required}, Record: &oneOf},
}
