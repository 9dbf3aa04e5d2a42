package rule

import (
	"strings"
	"testing"
)

func TestLOINC(t *testing.T) {
	check(t, "lab_result", "loinc_code", nil, []example{
		{in: "2345-7", want: "2345-7"},
		{in: "23457", want: "2345-7 W"},
		{in: "23458", want: "23458 kept E"},
		{in: "2345-8", want: "2345-8 kept E"},
		{in: "LOINC:2345-7", want: "2345-7 I"},
		{in: "loinc: 2345-7", want: "2345-7 I"},
		{in: "LOINC:2345-8", want: "LOINC:2345-8 kept E"},
		{in: "11491-6", want: "11491-6 W"},
		{in: "23457.0", want: "2345-7 W"},
		{in: "GLU", want: "GLU kept E"},
		{in: "2-Mar", want: "2-Mar kept E"},
		{in: "12345678-9", want: "12345678-9 kept E"},
		{in: "8867-4", want: "8867-4"},
		{in: "LP1234-5", want: "LP1234-5 kept E"},
	})
	for code := range loincExceptions {
		if code[len(code)-1] == loincCheck([]byte(code[:len(code)-2])) {
			t.Errorf("%s is no exception", code)
		}
	}
}

func TestRxNorm(t *testing.T) {
	check(t, "medication", "rxnorm_code", nil, []example{
		{in: "314076", want: "314076"}, {in: "0314076", want: "0314076 kept E"}, {in: "rxnorm:314076", want: "314076 I"},
		{in: "RXCUI: 314076", want: "314076 I"}, {in: "RX314076", want: "RX314076 kept E"}, {in: "314076.0", want: "314076 W"},
		{in: "123456789", want: "123456789 kept E"}, {in: "3.1E+05", want: "3.1E+05 kept E"},
	})
}

func TestSNOMED(t *testing.T) {
	for text, want := range map[string]sctKind{
		"38341003": sctConcept, "38341004": sctNone, "44054006": sctConcept, "12345": sctNone, "900000000000207008": sctConcept,
		"038341003": sctNone, "3834100a": sctNone, "751689013": sctDescription, "": sctNone,
	} {
		if got := sctKindOf([]byte(text)); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}

func TestUID(t *testing.T) {
	long := "1.2" + strings.Repeat(".3", 33) // 69 characters
	check(t, "imaging_study", "study_instance_uid", nil, []example{
		{in: "1.2.840.113619.2.55.3", want: "1.2.840.113619.2.55.3"},
		{in: "1.2.840.0113", want: "1.2.840.0113 kept E"},
		{in: "1.2.840.113619\x00", want: "1.2.840.113619 I"},
		{in: "1.2.840.113619\x00 ", want: "1.2.840.113619 I"},
		{in: "1.2.840 ", want: "1.2.840 I"},
		{in: "urn:oid:1.2.840", want: "1.2.840 I"},
		{in: long, want: long + " kept E"},
		{in: "1.2.3.", want: "1.2.3. kept E"},
		{in: "3.2", want: "3.2 kept E"},
		{in: "2.0", want: "2.0"},
		{in: "1", want: "1 kept E"},
	})
	if g := run(t, "imaging_study", "study_instance_uid", nil, "1.2\x003"); g.Severity != "W" {
		t.Errorf("NUL inside: %v", g)
	}
}

func TestShare(t *testing.T) {
	one, two := LOINCShare(), LOINCShare()
	one.Add([]byte("2345-7"), 3)
	two.Add([]byte("LOINC:718-7"), 1)
	two.Add([]byte("50912"), 2)
	if one.Merge(two); one.Passed != 4 || one.All != 6 {
		t.Errorf("got %d of %d", one.Passed, one.All)
	}
	rx, uid := RXCUIShare(), UIDShare()
	for _, text := range []string{"314076", "1.2.840", "0", ""} {
		rx.Add([]byte(text), 1)
		uid.Add([]byte(text), 1)
	}
	if rx.Passed != 1 || uid.Passed != 1 {
		t.Errorf("rx %d, uid %d", rx.Passed, uid.Passed)
	}
}
