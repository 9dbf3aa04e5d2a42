package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// imagingRules are the rules of this family, in the order of the rule book. STD-UID-1 stands among the identifiers, STD-IMG-2 among
// the dates.
var imagingRules = []Rule{
	{ID: "STD-IMG-1", Title: "Modality", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "code-invalid", Cell: &Standardizer{Bind: standardizeModality}},
	// STD-IMG-1 finds these, too.
	{ID: "VAL-MOD-1", Title: "Modality of DICOM", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid"},
	{ID: "STD-IMG-3", Title: "Body part and laterality", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "code-invalid", Cell: &Standardizer{Bind: standardizeSites}, Record: bodySide},
}

// imagingVirtuals are the fields of this family that only other fields read.
var imagingVirtuals = []Virtual{}
