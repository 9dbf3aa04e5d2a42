package rule

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/terminology"
)

// loaded are parameters of a job that knows the codes, lines of system, code and status.
func loaded(t testing.TB, lines string) *Params {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "codes.csv"), []byte("system,code,status\n"+lines), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := terminology.Load(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return params(func(p *Params) { p.Terminology = set })
}

func TestMembership(t *testing.T) {
	p := loaded(t, "LOINC,2345-7,\nLOINC,11491-6,deprecated\nLOINC,8867-4,inactive\nLOINC,4548-5,\n"+
		"SNOMED,38341003,\nSNOMED,44054006,inactive\nSNOMED,1117654321102,\nRXNORM,314076,\nRXNORM,2,inactive\n"+
		"ICD-10-CM,E11.9,\nICD-10-CM,E11,\nICD-10-CM,I10,inactive\nICD-9-CM,401.9,\nICD-9-CM,250.00,inactive\n"+
		"NDC,0574-4072-05,\nNDC,51655-089-52,inactive\nNDC,00574-0720-05,\n")
	for _, e := range []struct {
		entity, field, peer string
		examples            []example
	}{
		{"lab_result", "loinc_code", "", []example{
			{in: "2345-7", want: "2345-7"}, {in: "23457", want: "2345-7 W"}, {in: "LOINC:2345-7", want: "2345-7 I"},
			{in: "2951-2", want: "2951-2 kept E"}, {in: "29512", want: "29512 kept E"}, {in: "LOINC:2951-2", want: "LOINC:2951-2 kept E"},
			{in: "8867-4", want: "8867-4 W"}, {in: "LOINC:8867-4", want: "8867-4 W"}, {in: "11491-6", want: "11491-6 W"},
			{in: "11501-6", want: "11501-6 kept E"}, {in: "4548-5", want: "4548-5 W"}, {in: "4548-6", want: "4548-6 kept E"},
			{in: "GLU", want: "GLU kept E"}, {in: "2345-7.0", want: "2345-7.0 kept E"},
		}},
		{"condition", "code", "code_system=SNOMED", []example{
			{in: "38341003", want: "38341003"}, {in: "44054006", want: "44054006 W"}, {in: "900000000000207008", want: "900000000000207008 kept E"},
			{in: "38341004", want: "38341004 kept E"}, {in: "38341003.0", want: "38341003 W"},
			// Of an extension that is loaded, and of one that is not.
			{in: "1127654321105", want: "1127654321105 kept E"}, {in: "1111234567109", want: "1111234567109 W"},
		}},
		{"condition", "code", "code_system=ICD-10-CM", []example{
			{in: "e119", want: "E11.9 I"}, {in: "E11.", want: "E11 W"}, {in: "I10", want: "I10 W"}, {in: "i10", want: "I10 W"},
			{in: "E11.65", want: "E11.65 kept E"}, {in: "e1165", want: "e1165 kept E"}, {in: "1E1.9", want: "1E1.9 kept E"},
		}},
		{"condition", "code", "code_system=ICD-9-CM", []example{
			{in: "4019", want: "401.9 I"}, {in: "250.00", want: "250.00 W"}, {in: "25000", want: "250.00 W"}, {in: "401.1", want: "401.1 kept E"},
		}},
		{"condition", "code", "code_system=LOINC", []example{{in: "2345-7", want: "2345-7"}, {in: "2951-2", want: "2951-2 kept E"}}},
		{"medication", "rxnorm_code", "", []example{
			{in: "314076", want: "314076"}, {in: "rxnorm:314076", want: "314076 I"}, {in: "314076.0", want: "314076 W"}, {in: "2", want: "2 W"},
			{in: "3", want: "3 kept E"}, {in: "rxcui:3", want: "rxcui:3 kept E"}, {in: "0314076", want: "0314076 kept E"},
		}},
		{"medication", "ndc", "", []example{
			{in: "00574407205", want: "00574407205"}, {in: "0574-4072-05", want: "00574407205 I"}, {in: "51655-089-52", want: "51655008952 W"},
			{in: "58118-1397-3", want: "58118139703 W"}, {in: "58118139703", want: "58118139703 W"}, {in: "0574407205", want: "0574407205 kept E"},
		}},
	} {
		for i := range e.examples {
			if e.peer != "" {
				e.examples[i].peers = []string{e.peer}
			}
		}
		check(t, e.entity, e.field, p, e.examples)
	}
}

// What is said is constant, and names the table.
func TestMembershipIsExplained(t *testing.T) {
	p := loaded(t, "LOINC,2345-7,retired\nLOINC,4548-5,\nNDC,00574407205,\n")
	for in, want := range map[string]string{
		"2345-7": "deprecated in the loaded LOINC table", "2951-2": "not a code of the loaded LOINC table", "2951-3": "check digit does not match",
	} {
		if got := run(t, "lab_result", "loinc_code", p, in).Notes["VAL-LOINC-1"]; got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
	readings := "ten digits without hyphens: 00574407205 (4-4-2), 05744007205 (5-3-2) or 05744072005 (5-4-1); the loaded directory has 00574407205"
	for in, want := range map[string]string{
		"0574407205": readings, "51655-089-52": "not in the loaded National Drug Code Directory",
		"5165508952": "ten digits without hyphens: 05165508952 (4-4-2), 51655008952 (5-3-2) or 51655089502 (5-4-1); the loaded directory has none of them",
	} {
		if got := run(t, "medication", "ndc", p, in).Notes["VAL-NDC-1"]; got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
}

// A system that is not loaded is tested by shape, as without any table.
func TestWhatIsNotLoadedIsTestedByShape(t *testing.T) {
	p := loaded(t, "CPT,1,\n")
	check(t, "lab_result", "loinc_code", p, []example{{in: "2951-2", want: "2951-2"}, {in: "11491-6", want: "11491-6 W"}})
	check(t, "medication", "rxnorm_code", p, []example{{in: "3", want: "3"}})
	check(t, "medication", "ndc", p, []example{{in: "58118-1397-3", want: "58118139703 I"}})
	check(t, "condition", "code", p, []example{{in: "900000000000207008", want: "900000000000207008", peers: []string{"code_system=SNOMED"}}})
}

// E8889 is E88.89 of ICD-10-CM or E888.9 of ICD-9-CM.
func TestMembershipTellsSystemsApart(t *testing.T) {
	nine, ten := "ICD-9-CM,E888.9,\n", "ICD-10-CM,E88.89,\n"
	other := "ICD-9-CM,401.9,\nICD-10-CM,E11.9,\n"
	for _, e := range []struct{ lines, want, system string }{
		{nine + other, "E888.9 I", "ICD-9-CM"}, {ten + other, "E88.89 I", "ICD-10-CM"},
		{nine + ten, "E8889 kept E", ""}, {other, "E8889 kept E", ""},
		// The table of one of the two does not say what the other would.
		{nine, "E8889 kept E", ""}, {ten, "E8889 kept E", ""}, {"ICD-10-CM,E11.9,\n", "E8889 kept E", ""},
		{"ICD-9-CM,E888.9,inactive\nICD-10-CM,E11.9,\n", "E888.9 W", "ICD-9-CM"},
	} {
		g := run(t, "condition", "code", loaded(t, e.lines), "E8889")
		if g.String() != e.want || g.Derived["code_system"] != e.system {
			t.Errorf("%q: %s, system %q", e.lines, g, g.Derived["code_system"])
		}
	}
	if g := run(t, "condition", "code", loaded(t, other), "E8889"); g.Notes["VAL-ICD-1"] == "" || len(g.Rules) != 1 {
		t.Errorf("a stranger to both tables: %v", g.Notes)
	}
	// Without a field for the system, a code that is written alike in both is left as it is, unless neither has it.
	check(t, "encounter", "reason_code", loaded(t, "ICD-9-CM,V10.11,\nICD-10-CM,V10.11,\n"), []example{{in: "V10.11", want: "V10.11 W"}})
	check(t, "encounter", "reason_code", loaded(t, other), []example{{in: "V10.11", want: "V10.11 kept E"}})
	check(t, "encounter", "reason_code", loaded(t, nine+other), []example{{in: "E8889", want: "E888.9 W"}})
}

// A code of no loaded table still says which system its shape is of.
func TestAStrangerKeepsTheSystemOfItsShape(t *testing.T) {
	g := run(t, "condition", "code", loaded(t, "SNOMED,38341003,\n"), "900000000000207008")
	if g.String() != "900000000000207008 kept E" || g.Derived["code_system"] != "SNOMED" {
		t.Errorf("%s %v", g, g.Derived)
	}
}

// The evidence of a column counts members, so that one code of one system alone is enough to begin with.
func TestMembershipIsEvidence(t *testing.T) {
	texts := []string{"V1011", "E8889", "V1234"}
	both := "ICD-9-CM,V10.11,\nICD-9-CM,E888.9,\nICD-9-CM,V12.34,\n" + "ICD-10-CM,V12.34,\nICD-10-CM,E11.9,\n"
	for i, g := range runColumn(t, "condition", "code", loaded(t, both), texts...) {
		if want := []string{"V10.11 I", "E888.9 I", "V12.34 I"}[i]; g.String() != want || g.Derived["code_system"] != "ICD-9-CM" {
			t.Errorf("%s: %s", texts[i], g)
		}
	}
	// Codes that left the tables do not hide the system of the others.
	old := append([]string{"401.9"}, texts...)
	for i, g := range runColumn(t, "condition", "code", loaded(t, "ICD-9-CM,401.9,\nICD-10-CM,E11.9,\n"), old...) {
		if g.Derived["code_system"] != "ICD-9-CM" || (i > 0) != (g.Severity == "E") {
			t.Errorf("%s: %s %v", old[i], g, g.Derived)
		}
	}
}

// Looking codes up allocates nothing beyond what the cell takes anyway.
func TestLookupsDoNotAllocate(t *testing.T) {
	p := loaded(t, "LOINC,2345-7,\nSNOMED,38341003,\nICD-10-CM,E88.89,\nICD-9-CM,E888.9,\nRXNORM,314076,\nNDC,00574407205,\n")
	for _, e := range []struct{ entity, field, text string }{
		{"lab_result", "loinc_code", "2345-7"}, {"medication", "rxnorm_code", "314076"}, {"medication", "ndc", "00574407205"},
		{"condition", "code", "38341003"}, {"condition", "code", "E88.89"}, {"condition", "code", "2345-7"},
	} {
		if with, without := allocations(t, e.entity, e.field, p, e.text), allocations(t, e.entity, e.field, nil, e.text); with > without {
			t.Errorf("%s: %v allocations, %v without a table", e.field, with, without)
		}
	}
}

func allocations(t *testing.T, entity, field string, p *Params, text string) float64 {
	t.Helper()
	b := open(t, column(t, entity, field, p))
	cell, peers := []byte(text), []*record.Value{record.Null}[:len(b.chain.Peers())]
	return testing.AllocsPerRun(100, func() {
		b.arena.Reset()
		b.eval.Eval(cell, peers, nil, &b.arena)
	})
}
