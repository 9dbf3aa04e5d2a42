package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// dateRules are the rules of this family, in the order of the rule book. The Standardizer of STD-DATE-1 serves all of STD-DATE,
// STD-IMG-2, NULL-3 and VAL-DATE-1; the one of STD-AGE-1 serves VAL-AGE-1, whose Record compares the age with two dates.
// VAL-DATE-5 needs the encounters of all files and is only listed here.
var dateRules = []Rule{
	dateRule("NULL-3", "Dates for a missing value", Missing, record.Warning),
	{ID: "STD-DATE-1", Title: "Form of dates", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value", Cell: dates},
	dateRule("STD-DATE-2", "Unambiguous dates", Standardize, record.Error),
	dateRule("STD-DATE-3", "Order of day and month", Standardize, record.Error),
	dateRule("STD-DATE-4", "Two-digit year", Standardize, record.Error),
	dateRule("STD-DATE-5", "Dates of digits alone", Standardize, record.Error),
	dateRule("STD-DATE-6", "Spreadsheet serial", Standardize, record.Error),
	dateRule("STD-DATE-7", "Time since 1970", Standardize, record.Error),
	dateRule("STD-DATE-8", "Partial and composed dates", Standardize, record.Error),
	dateRule("STD-DATE-9", "Time zone", Standardize, record.Error),
	dateRule("STD-DATE-10", "Impossible date", Standardize, record.Error),
	dateRule("STD-IMG-2", "DICOM date and time", Standardize, record.Error),
	timeRule("VAL-DATE-1", "Date in the future", record.Error, "business-rule", nil),
	timeRule("VAL-DATE-2", "Date before birth", record.Error, "business-rule", beforeBirth),
	timeRule("VAL-DATE-3", "Date after death", record.Warning, "business-rule", deathDate),
	timeRule("VAL-DATE-4", "Start after end", record.Error, "invariant", startAfterEnd),
	timeRule("VAL-DATE-5", "Date outside the encounter", record.Warning, "business-rule", nil),
	{ID: "STD-AGE-1", Title: "Age", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value", Cell: ages},
	{ID: "VAL-AGE-1", Title: "Plausible age", Stage: Validate, Category: "plausibility", Subcategory: "atemporal", Severity: record.Error, FHIR: "value", Record: ageAtEvent},
}

func dateRule(id, title string, stage Stage, severity record.Severity) Rule {
	return Rule{ID: id, Title: title, Stage: stage, Category: "conformance", Subcategory: "value", Severity: severity, FHIR: "value"}
}

func timeRule(id, title string, severity record.Severity, fhir string, check *RecordRule) Rule {
	return Rule{ID: id, Title: title, Stage: Validate, Category: "plausibility", Subcategory: "temporal", Severity: severity, FHIR: fhir, Record: check}
}
