package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/terminology"
)

// releases are files of the form of the releases, with codes of the rule book.
var releases = map[string]string{
	"Loinc_2.78/Loinc.csv": "\"LOINC_NUM\",\"COMPONENT\",\"STATUS\"\n\"2345-7\",\"x\",\"ACTIVE\"\n\"4548-4\",\"x\",\"DEPRECATED\"\n",
	"Snapshot/sct2_Concept_Snapshot_INT_20250101.txt": "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\r\n" +
		"38341003\t20020131\t1\t1\t1\r\n44054006\t20020131\t0\t1\t1\r\n",
	"RxNorm_full_01062025/rrf/RXNCONSO.RRF": "314076|ENG||||||1||||RXNORM|SCD|1|x||N||\n314077|ENG||||||1||||RXNORM|SCD|1|x||O||\n",
	"icd10cm-order-2025.txt":                "00001 E119    1 x\n00002 U071    1 x\n",
	"icd10cm-codes-2024.txt":                "I10     x\n",
	"CMS32_DESC_LONG_DX.txt":                "4019  x\nE8889 x\n",
	"CMS31_DESC_LONG_DX.txt":                "25000 x\n",
	"package.txt":                           "PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\tNDC_EXCLUDE_FLAG\nx\t0574-4072\t0574-4072-05\tN\nx\t51655-089\t51655-089-52\tE\n",
}

// knowing returns the set of the releases that have one of the words in their path.
func knowing(t *testing.T, words ...string) *terminology.Set {
	t.Helper()
	dir := t.TempDir()
	for name, text := range releases {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) }) {
			continue
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := terminology.Load(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// coded is what becomes of a code where its system is loaded, and where it is not: the cell, then rule and severity of what is said.
type coded struct{ in, known, shape string }

// codedFiles have a field with a code, which takes the place of the %s, and the release that has it.
var codedFiles = []struct {
	release, file, field, text string
	codes                      []coded
}{
	{"Loinc", "labs.csv", "loinc_code", "patient_id,loinc_code,result_value,unit,collected_date\nP1,%s,5.5,mmol/L,2024-01-02\n", []coded{
		{"2345-7", "2345-7", "2345-7"}, {"LOINC:2345-7", "2345-7 STD-LOINC-1 information", "2345-7 STD-LOINC-1 information"},
		{"4548-4", "4548-4 VAL-LOINC-1 warning", "4548-4"}, {"2951-2", "2951-2 VAL-LOINC-1 error", "2951-2"},
		{"29512", "29512 VAL-LOINC-1 error", "2951-2 STD-LOINC-1 warning"}, {"2951-3", "2951-3 VAL-LOINC-1 error", "2951-3 VAL-LOINC-1 error"},
	}},
	{"sct2", "conditions.csv", "code", "patient_id,code,code_system,onset_date\nP1,%s,SNOMED,2024-01-02\n", []coded{
		{"38341003", "38341003", "38341003"}, {"44054006", "44054006 VAL-SCT-1 warning", "44054006"},
		{"900000000000207008", "900000000000207008 VAL-SCT-1 error", "900000000000207008"},
	}},
	{"RXN", "medications.csv", "rxnorm_code", "patient_id,medication_name,rxnorm_code,start_date\nP1,lisinopril,%s,2024-01-02\n", []coded{
		{"314076", "314076", "314076"}, {"rxnorm:314076", "314076 STD-RX-1 information", "314076 STD-RX-1 information"},
		{"314077", "314077 VAL-RX-1 warning", "314077"}, {"314078", "314078 VAL-RX-1 error", "314078"},
	}},
	{"icd10", "conditions.csv", "code", "patient_id,code,code_system,onset_date\nP1,%s,ICD-10-CM,2024-01-02\n", []coded{
		{"E11.9", "E11.9", "E11.9"}, {"u071", "U07.1 STD-ICD-1 information", "U07.1 STD-ICD-1 information"}, {"E11", "E11", "E11"},
		{"I10", "I10 VAL-ICD-1 warning", "I10"}, {"E11.65", "E11.65 VAL-ICD-1 error", "E11.65"},
	}},
	{"CMS3", "conditions.csv", "code", "patient_id,code,code_system,onset_date\nP1,%s,ICD-9-CM,2014-01-02\n", []coded{
		{"401.9", "401.9", "401.9"}, {"E8889", "E888.9 STD-ICD-1 information", "E888.9 STD-ICD-1 information"},
		{"250.00", "250.00 VAL-ICD-1 warning", "250.00"}, {"401.1", "401.1 VAL-ICD-1 error", "401.1"},
	}},
	{"package", "medications.csv", "ndc", "patient_id,medication_name,ndc,start_date\nP1,lisinopril,%s,2024-01-02\n", []coded{
		{"00574407205", "00574407205", "00574407205"},
		{"0574-4072-05", "00574407205 STD-NDC-1 information", "00574407205 STD-NDC-1 information"},
		{"51655008952", "51655008952 VAL-NDC-1 warning", "51655008952"}, {"58118139703", "58118139703 VAL-NDC-1 warning", "58118139703"},
	}},
}

// Each system through the whole engine: a member, one that is not used any more, a stranger; and all of them where another system
// is loaded, or none. What comes out goes in again unchanged.
func TestCodesAreLookedUp(t *testing.T) {
	for _, f := range codedFiles {
		loaded, other := knowing(t, f.release), knowing(t, "Loinc")
		if f.release == "Loinc" {
			other = knowing(t, "RXN")
		}
		for _, c := range f.codes {
			for i, set := range []*terminology.Set{loaded, other, nil} {
				want := [...]string{c.known, c.shape, c.shape}[i]
				got, clean := codeThrough(t, f.file, f.field, fmt.Sprintf(f.text, c.in), set)
				if got != want {
					t.Errorf("%s of %s, %d systems loaded: got %q, want %q", c.in, f.release, len(set.Manifest()), got, want)
				}
				again, _ := codeThrough(t, f.file, f.field, clean, set)
				if code, _, _ := strings.Cut(again, " "); !strings.HasPrefix(got+" ", code+" ") || strings.Contains(again, "STD-") {
					t.Errorf("%s of %s: %q became %q the second time", c.in, f.release, got, again)
				}
			}
		}
	}
}

// codeThrough takes a file of one record through the rules and returns what became of the field, with what was said about it, and
// the clean file.
func codeThrough(t *testing.T, file, field, text string, set *terminology.Set) (said, clean string) {
	t.Helper()
	job := newJob(file)
	job.Params.Terminology = set
	_, sink := mustRun(t, job, []byte(text), how{})
	for entity, rows := range sink.Rows {
		at := slices.Index(sink.Fields[entity], field)
		if len(rows) != 1 || at < 0 || rows[0][at] == nil {
			t.Fatalf("%s has %d rows, the field at %d", entity, len(rows), at)
		}
		said = *rows[0][at]
	}
	for _, i := range issuesOf(t, sink) {
		if i.Field == field && i.Record > 0 || i.Field == field && i.Severity == "information" && strings.HasPrefix(i.Rule, "STD-") {
			said += " " + i.Rule + " " + i.Severity
		}
	}
	return said, string(sink.Files["clean.csv"])
}

// The codes of a column of which the shape does not tell the system.
func TestCodesOfTwoSystemsAreToldApart(t *testing.T) {
	text := "patient_id,code,onset_date\nP1,E8889,\n"
	for want, set := range map[string]*terminology.Set{"E888.9 STD-ICD-1 information": knowing(t, "CMS3", "icd10"), "E8889 STD-CODE-1 error": knowing(t, "icd10")} {
		if got, _ := codeThrough(t, "conditions.csv", "code", text, set); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
