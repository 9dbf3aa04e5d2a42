package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// FHIRCode returns the code of rule DQ-5 for a finding, one of FHIR's issue types.
func FHIRCode(id string, s record.Severity) string {
	if s == record.Information {
		return "informational"
	}
	if r, ok := ByID(id); ok && r.FHIR != "" {
		return r.FHIR
	}
	return "value"
}

// TitleOf returns the title of a rule, empty for an id that is none.
func TitleOf(id string) string {
	if r, ok := ByID(id); ok {
		return r.Title
	}
	return ""
}
