package rule

import (
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// issueTypes are the lists of rule DQ-5, and what they say of the rules they do not name: what a rule of the shape of a text kept is
// "value", what is not in a list, no unit or no code is "code-invalid", and what is only unlikely is "business-rule".
var issueTypes = map[string]string{
	"structure":        "STD-ENC-1 STD-ENC-2 STD-CSV-1 STD-CSV-2 MAP-1 MAP-2 MAP-3 MAP-4 DQ-6",
	"required":         "MAP-5 VAL-REQ-1",
	"duplicate":        "DED-1 DED-2",
	"conflict":         "DED-3 DED-4 DED-6",
	"multiple-matches": "DED-5",
	"not-found":        "VAL-REF-1",
	"invariant":        "VAL-DATE-4 VAL-VIT-2 VAL-LAB-3",
	"business-rule":    "VAL-DATE-1 VAL-DATE-2 VAL-DATE-3 VAL-DATE-5 VAL-NAME-1 VAL-ZIP-2 VAL-LAB-2 VAL-VIT-3 SEC-1 DEID-1",
	"informational":    "STD-VIT-4 STD-MED-1 DEID-2 DEID-3 DEID-4",
	"code-invalid": "STD-BOOL-1 STD-SEX-1 STD-RACE-1 STD-ETH-1 STD-MAR-1 STD-LANG-1 STD-STATE-1 STD-CTRY-1 STD-BLOOD-1 VAL-ENUM-1 " +
		"STD-FLAG-1 STD-STAT-1 STD-VIT-1 STD-MED-3 STD-MED-4 STD-IMG-1 VAL-MOD-1 STD-IMG-3 STD-ENCTR-1 STD-COND-1 STD-UNIT-1 VAL-UNIT-1 " +
		"STD-VIT-3 VAL-NPI-1 STD-CODE-1 STD-ICD-1 VAL-ICD-1 VAL-SCT-1 STD-LOINC-1 VAL-LOINC-1 STD-NDC-1 VAL-NDC-1 STD-RX-1 VAL-RX-1 " +
		"STD-UID-1 VAL-UID-1 STD-LAB-1 VAL-LAB-4",
	"value": "STD-TXT-1 STD-TXT-2 STD-TXT-3 STD-TXT-4 NULL-1 NULL-2 NULL-3 STD-NUM-1 STD-NUM-2 STD-NUM-3 STD-NUM-4 STD-ID-1 VAL-ID-1 " +
		"STD-SSN-1 VAL-SSN-1 VAL-NUM-1 STD-DATE-1 STD-DATE-2 STD-DATE-3 STD-DATE-4 STD-DATE-5 STD-DATE-6 STD-DATE-7 STD-DATE-8 STD-DATE-9 " +
		"STD-DATE-10 STD-IMG-2 STD-AGE-1 VAL-AGE-1 STD-NAME-1 STD-NAME-2 STD-NAME-3 STD-ZIP-1 VAL-ZIP-1 STD-PHONE-1 VAL-PHONE-1 STD-EMAIL-1 " +
		"VAL-EMAIL-1 STD-LAB-2 STD-LAB-3 STD-LAB-4 VAL-LAB-1 STD-REF-1 STD-QUAL-1 STD-VIT-2 VAL-VIT-1 VAL-MED-1 STD-MED-2 VAL-MED-2",
}

// silent rules speak through others, or of information alone.
var silent = []string{"MAP-6", "DQ-1", "DQ-3"}

func TestEveryRuleHasTheIssueTypeOfDQ5(t *testing.T) {
	want := map[string]string{}
	for code, ids := range issueTypes {
		for id := range strings.FieldsSeq(ids) {
			want[id] = code
		}
	}
	for _, id := range silent {
		want[id] = ""
	}
	for _, r := range Table() {
		code, known := want[r.ID]
		if !known {
			t.Errorf("%s is in no list of issue types", r.ID)
			continue
		}
		if r.FHIR != code {
			t.Errorf("%s: %q, want %q", r.ID, r.FHIR, code)
		}
		for s := record.Warning; code != "" && s <= record.Error; s++ {
			if got := FHIRCode(r.ID, s); got != code {
				t.Errorf("%s, %s: %q, want %q", r.ID, s, got, code)
			}
		}
		if FHIRCode(r.ID, record.Information) != "informational" {
			t.Errorf("%s: information is not informational", r.ID)
		}
		if TitleOf(r.ID) == "" {
			t.Errorf("%s has no title", r.ID)
		}
		delete(want, r.ID)
	}
	for id := range want {
		t.Errorf("%s is in a list and not in the table", id)
	}
}
