package rule

import "testing"

func TestConcepts(t *testing.T) {
	examples := []example{
		{in: "38341003", want: "38341003"}, {in: "38341004", want: "38341004 kept E"}, {in: "44054006", want: "44054006"},
		{in: "12345", want: "12345 kept E"}, {in: "900000000000207008", want: "900000000000207008"}, {in: "751689013", want: "751689013 kept E"},
		{in: "038341003", want: "038341003 kept E"}, {in: "38341003.0", want: "38341003 W"}, {in: "9.00E+17", want: "9.00E+17 kept E"},
		{in: "E11.9", want: "E11.9 kept E"},
	}
	for i := range examples {
		examples[i].peers = []string{"code_system=SNOMED"}
	}
	check(t, "condition", "code", nil, examples)
}
