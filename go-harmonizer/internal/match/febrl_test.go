package match_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
)

// febrl reads the benchmark as the product would hand it on: dates standardized, seven-digit SSNs kept, house numbers in a column
// of their own that no field takes.
func febrl(t *testing.T) (persons []match.Person, truth []int) {
	t.Helper()
	file, err := os.Open("../../../../shared/data/febrl/dataset1.csv")
	if err != nil {
		t.Skip("the febrl data is not on this machine; nothing was tested")
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	for _, row := range rows[1:] {
		entity := strings.Split(row[0], "-")[1]
		if _, ok := ids[entity]; !ok {
			ids[entity] = len(ids)
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		persons = append(persons, match.Person{First: title(row[1]), Last: title(row[2]), Address: row[4], City: row[6], Zip: row[7],
			State: row[8], Birth: isoDate(row[9]), SSN: row[10]})
		truth = append(truth, ids[entity])
	}
	return persons, truth
}

func title(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}

func isoDate(s string) string {
	if len(s) == 8 && s[4:6] >= "01" && s[4:6] <= "12" && s[6:] >= "01" && s[6:] <= "31" {
		return s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	return s
}

func TestFebrl(t *testing.T) {
	persons, truth := febrl(t)
	r := find(t, persons, match.Options{})
	s := score(r, truth)
	t.Logf("%v; %s %q; M %.0f H %.0f it %d", s, r.Parameters.Model, r.Parameters.Fallback, r.Parameters.Duplicates, r.Parameters.Households, r.Parameters.Iterations)
	if r.Parameters.Model != match.Estimated || s.f1() < 0.985 || s.precision() < 0.995 {
		t.Errorf("%v by the %v model, want F1 of 0.985 at a precision of 0.995", s, r.Parameters.Model)
	}
	if testing.Verbose() {
		for _, e := range r.Parameters.Fields {
			t.Logf("%-22s %-10s m %.5f u %.7f w %.2f", e.Field, e.Level, e.M, e.U, e.Weight)
		}
		tell(t, persons, truth, r)
	}
}
