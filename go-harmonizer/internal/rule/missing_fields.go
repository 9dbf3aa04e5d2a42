package rule

import (
	"maps"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// tokensFor returns the tokens of rule NULL-1 that count in a column.
func tokensFor(c *Column) map[string]record.Reason {
	if isFree(c) {
		tokens := make(map[string]record.Reason, len(placeholders))
		for _, t := range placeholders {
			tokens[t] = missingTokens[t]
		}
		return tokens
	}
	tokens := maps.Clone(missingTokens)
	for _, t := range contentOf(c) {
		delete(tokens, t)
	}
	if strings.HasSuffix(c.Key, "_concept_id") {
		tokens["0"] = record.Unknown
	}
	return tokens
}

// contentOf returns the tokens that a field means by themselves: the exceptions of rule NULL-1 and, for enums, the words that the
// rule of the enum lists.
func contentOf(c *Column) []string {
	switch {
	case c.Declared != nil:
		return c.Declared.contentTokens()
	case c.Type == "name":
		return []string{"null", "na", "none", "unknown", "nan", "nil", "unk"}
	case c.Type == "enum" || c.Type == "enum_list":
		return enumContent[c.Field]
	case c.Field == "country":
		return []string{"na"} // Namibia
	case c.Field == "language" && c.Harmonized:
		return []string{"na", "nan"} // codes of Nauru and Min Nan Chinese, which STD-LANG-1 wrote
	case c.Entity == "lab_result" && c.Field == "test_name":
		return []string{"na"} // sodium when the unit says so: STD-LAB-1 decides
	case c.Entity == "lab_result" && c.Field == "result_value":
		return []string{"none"} // STD-QUAL-1
	}
	return nil
}

// enumContent are the tokens of rule NULL-1 that the rules of enums list: STD-SEX-1, STD-RACE-1, STD-ETH-1, STD-MAR-1, STD-STAT-1. In
// enums whose rule has no word for what is not known, unknown is a missing value like any other.
var enumContent = map[string][]string{
	"gender":         {"unknown", "unk", "declined"},
	"patient_sex":    {"unknown", "unk", "declined"},
	"race":           {"unknown", "unk", "declined"},
	"ethnicity":      {"unknown", "unk", "declined"},
	"marital_status": {"unknown", "unk", "declined"},
	"status":         {"cancelled", "canceled"},
}
