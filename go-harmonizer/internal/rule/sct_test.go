package rule

import (
	"encoding/csv"
	"os"
	"slices"
	"testing"
)

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

// Synthea's conditions name no system; in 4 of 438 records the code's check digit is wrong.
func TestSyntheticConditions(t *testing.T) {
	file, err := os.Open("../../../../shared/data/synthea-csv/conditions.csv")
	if err != nil {
		t.Skip("the shared data is not on this machine: nothing was tested")
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], "CODE")
	var codes []string
	for _, row := range rows[1:] {
		codes = append(codes, row[at])
	}
	said := map[string]int{}
	for _, g := range runColumn(t, "condition", "code", nil, codes...) {
		if g.Rules == nil {
			said[g.Derived["code_system"]]++
		} else {
			said[g.Rules[0]+" "+g.Notes["VAL-SCT-1"]]++
		}
	}
	if len(said) != 2 || said["SNOMED"] != 434 || said["VAL-SCT-1 check digit does not match"] != 4 {
		t.Errorf("got %v", said)
	}
}
