package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// personRules are the rules of this family, in the order of the rule book. The standardizers of STD-ZIP-1, STD-PHONE-1 and STD-EMAIL-1
// serve the VAL rules of the same name, and VAL-ENUM-1 is said by the rules of the enums.
var personRules = []Rule{
	valueRule("STD-NAME-1", "Case of names", record.Information, "value", &Standardizer{Bind: names}),
	{ID: "VAL-NAME-1", Title: "Plausible name", Stage: Validate, Category: "plausibility", Subcategory: "atemporal", Severity: record.Warning, FHIR: "business-rule", Cell: &Standardizer{Bind: checkName}},
	{ID: "STD-NAME-2", Title: "Components of the full name", Stage: Derivation, Category: "conformance", Subcategory: "value", Severity: record.Warning, FHIR: "value", Record: &fullName},
	valueRule("STD-NAME-3", "Names of providers", record.Warning, "value", &Standardizer{Bind: providerNames}),
	valueRule("STD-SEX-1", "Administrative gender", record.Error, "code-invalid", &Standardizer{Bind: sexes}),
	raceRule,
	valueRule("STD-ETH-1", "Ethnicity", record.Error, "code-invalid", &Standardizer{Bind: ethnicities}),
	valueRule("STD-MAR-1", "Marital status", record.Error, "code-invalid", &Standardizer{Bind: maritalStatuses}),
	valueRule("STD-LANG-1", "Language", record.Warning, "code-invalid", &Standardizer{Bind: languages}),
	valueRule("STD-STATE-1", "State", record.Error, "code-invalid", &states),
	valueRule("STD-CTRY-1", "Country", record.Error, "code-invalid", &Standardizer{Bind: countries}),
	valueRule("STD-ZIP-1", "ZIP code", record.Warning, "value", &zips),
	{ID: "VAL-ZIP-1", Title: "Form of ZIP codes", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value"},
	{ID: "VAL-ZIP-2", Title: "ZIP code of the state", Stage: Validate, Category: "plausibility", Subcategory: "atemporal", Severity: record.Warning, FHIR: "business-rule"},
	valueRule("STD-PHONE-1", "Telephone number", record.Warning, "value", &phones),
	{ID: "VAL-PHONE-1", Title: "Possible and valid telephone number", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value"},
	valueRule("STD-EMAIL-1", "E-mail address", record.Warning, "value", &Standardizer{Bind: emails}),
	{ID: "VAL-EMAIL-1", Title: "Valid e-mail address", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "value"},
	valueRule("STD-BLOOD-1", "Blood group", record.Error, "code-invalid", &Standardizer{Bind: bloodTypes}),
	{ID: "VAL-ENUM-1", Title: "Enumerated value", Stage: Validate, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid"},
}

var raceRule = Rule{ID: "STD-RACE-1", Title: "Race", Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: record.Error, FHIR: "code-invalid",
	Cell: &races, Record: &hispanicByRace}

// valueRule is the row of a rule that standardizes cells.
func valueRule(id, title string, severity record.Severity, fhir string, cell *Standardizer) Rule {
	return Rule{ID: id, Title: title, Stage: Standardize, Category: "conformance", Subcategory: "value", Severity: severity, FHIR: fhir, Cell: cell}
}
