package matchtest

import (
	"bytes"
	"encoding/csv"
	"reflect"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
)

func TestTheSameSeedMakesTheSame(t *testing.T) {
	for _, kind := range Kinds() {
		a, who := Generate(7, 500, kind)
		b, again := Generate(7, 500, kind)
		other, _ := Generate(8, 500, kind)
		if len(a) != 500 || len(who) != 500 || !reflect.DeepEqual(a, b) || !reflect.DeepEqual(who, again) {
			t.Errorf("%v: two of one seed differ", kind)
		}
		if reflect.DeepEqual(a, other) {
			t.Errorf("%v: two seeds make the same", kind)
		}
	}
	if a, who := Generate(1, 0, Plain); len(a) != 0 || len(who) != 0 {
		t.Error("nobody is somebody")
	}
}

// traits counts, of pairs of records, what the kinds promise.
type traits struct{ repeated, errors, twins, namesakes, years, crowded int }

func traitsOf(records []match.Person, truth []int) (n traits) {
	at := map[string]int{}
	for i, a := range records {
		if len(a.Birth) == 4 {
			n.years++
		}
		if a.Address != "" {
			at[a.Address+a.Zip]++
		}
		for j, b := range records[:i] {
			same, home := truth[i] == truth[j], a.Address != "" && a.Address == b.Address
			switch {
			case same:
				n.repeated++
				if a.First != b.First || a.Last != b.Last || a.Birth != b.Birth || !home {
					n.errors++
				}
			case home && a.Birth != "" && a.Birth == b.Birth && a.Last == b.Last && a.First != b.First:
				n.twins++
			case home && a.Birth != b.Birth && a.First == b.First && a.Last == b.Last:
				n.namesakes++
			}
		}
	}
	for _, people := range at {
		if people > 10 {
			n.crowded++
		}
	}
	return n
}

func TestKindsAreWhatTheySay(t *testing.T) {
	for _, kind := range Kinds() {
		n := traitsOf(Generate(1, 1500, kind))
		all := kind == Mixed
		for _, c := range []struct {
			name string
			ok   bool
		}{
			{"duplicates", n.repeated > 150 && n.errors > n.repeated/2 && n.errors < n.repeated},
			{"twins", (n.twins > 20) == (kind == Twins || all)},
			{"fathers and sons", (n.namesakes > 20) == (kind == Fathers || all)},
			{"years", (n.years > 50) == (kind == YearOnly || all)},
			{"care homes", (n.crowded > 0) == (kind == Shared || all)},
		} {
			if !c.ok {
				t.Errorf("%v, %s: %+v", kind, c.name, n)
			}
		}
	}
}

func TestKindWords(t *testing.T) {
	for _, kind := range Kinds() {
		if got, err := ParseKind(kind.String()); err != nil || got != kind {
			t.Errorf("%v: %v, %v", kind, got, err)
		}
	}
	if _, err := ParseKind("other"); err == nil {
		t.Error("any word is a kind")
	}
}

func TestCSV(t *testing.T) {
	records, truth := Generate(2, 300, Mixed)
	var patients, who bytes.Buffer
	if err := WriteCSV(&patients, records); err != nil {
		t.Fatal(err)
	}
	if err := WriteTruth(&who, truth); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&patients).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := "patient_id,mrn,ssn,first_name,last_name,suffix,birth_date,gender,address,city,state,zip,phone"; len(rows) != 301 ||
		strings.Join(rows[0], ",") != want || rows[1][0] != "P0000001" || rows[300][3] != records[299].First || rows[300][11] != records[299].Zip {
		t.Errorf("%d rows, header %v", len(rows), rows[0])
	}
	if n := strings.Count(who.String(), "\n"); n != 301 || !strings.HasPrefix(who.String(), "patient_id,person\nP0000001,") {
		t.Errorf("%d rows of truth", n)
	}
}
