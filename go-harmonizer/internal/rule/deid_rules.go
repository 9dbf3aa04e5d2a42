package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// privacyRules run in package deid, on standardized records, when the job asks for it. What they report is information; a file of which
// nothing is left is a warning.
var privacyRules = []Rule{
	{ID: "DEID-1", Title: "Identifiers, free text and unread text", Stage: Deidentify, FHIR: "business-rule"},
	{ID: "DEID-2", Title: "Dates to years", Stage: Deidentify, FHIR: "informational"},
	{ID: "DEID-3", Title: "Ages above 89", Stage: Deidentify, FHIR: "informational"},
	{ID: "DEID-4", Title: "ZIP codes to three digits", Stage: Deidentify, FHIR: "informational"},
}

// IsAbove89 tells whether a standardized age, in words of rule STD-AGE-1, is above 89 years; not ok: it is no age.
func IsAbove89(text []byte) (above, ok bool) {
	if string(text) == topCoded {
		return true, true
	}
	a, ok := parseAge(text)
	return ok && a.days() > 89*daysOfYear+slack, ok
}

const (
	// topCoded stands for every age above 89 (rule DEID-3).
	topCoded = "90+"
	// slack is less than an age can differ by, and more than an age in months loses to rounding.
	slack = 1e-6
)

// HoldsZIP tells that a postal code was read as one of the United States: five digits, or nine with a hyphen. Those of other countries
// may look the same and are kept, as are those of another state.
func HoldsZIP(v *record.Value) bool {
	if n := digitsAt(v.Text, 0); n != 5 || len(v.Text) != 5 && (len(v.Text) != 10 || v.Text[5] != '-' || digitsAt(v.Text, 6) != 4) {
		return false
	}
	if v.Outcome != record.Kept {
		return true
	}
	foreignState := false
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Outcome == record.Kept {
			if f.Rule != "VAL-ZIP-2" {
				return false
			}
			foreignState = true
		}
	}
	return foreignState
}
