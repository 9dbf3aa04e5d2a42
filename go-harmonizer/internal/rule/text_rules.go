package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// textRules are the rules of this family, in the order of the rule book. Hygiene runs them all for every cell, so they hang on no
// row. NULL-2 is tested by the rules of numbers, on the standardized value.
var textRules = []Rule{
	{ID: "STD-ENC-2", Title: "Text decoded twice", Stage: TextHygiene, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "structure"},
	{ID: "STD-TXT-1", Title: "White space", Stage: TextHygiene, FHIR: "value"},
	{ID: "STD-TXT-2", Title: "Invisible characters", Stage: TextHygiene, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "value"},
	{ID: "STD-TXT-3", Title: "Unicode form", Stage: TextHygiene, FHIR: "value"},
	{ID: "STD-TXT-4", Title: "Look-alike characters", Stage: TextHygiene, FHIR: "value"},
	{ID: "NULL-1", Title: "Words for a missing value", Stage: Missing, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "value"},
	{ID: "NULL-2", Title: "Numbers for a missing value", Stage: Missing, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "value"},
}
