package rule

import (
	"strings"
	"testing"
)

func TestID(t *testing.T) {
	check(t, "patient", "mrn", nil, []example{
		{in: "000123", want: "000123"},
		{in: " P-77 ", want: "P-77 I"},
		{in: "0000000", want: "0000000 kept W"},
		{in: "PT-9236-26", want: "PT-9236-26"},
		{in: "1.23457E+11", want: "1.23457E+11 kept E"},
		{in: "1.2e11", want: "1.2e11 kept E"},
		{in: "1E+05", want: "1E+05 kept E"},
		{in: "1E5", want: "1E5"},
		{in: "12345.0", want: "12345 W"},
		{in: "12345.00", want: "12345.00"},
		{in: "A5.0", want: "A5.0"},
		{in: "####", want: "#### kept E"},
		{in: "2-Mar", want: "2-Mar"},
		{in: "TEST", want: "TEST kept W"},
		{in: "dummy", want: "dummy kept W"},
		{in: "111", want: "111"},
		{in: strings.Repeat("12", 64), want: strings.Repeat("12", 64)},
		{in: strings.Repeat("12", 65), want: strings.Repeat("12", 65) + " kept E"},
		{in: strings.Repeat("éa", 64), want: strings.Repeat("éa", 64)},
	})
	check(t, "patient", "patient_id", nil, []example{{in: "12345.0", want: "12345 W"}})
	check(t, "lab_result", "local_code", nil, []example{
		{in: "2-Mar", want: "2-Mar kept E"}, {in: "Sep-02", want: "Sep-02 kept E"}, {in: "SEP-2", want: "SEP-2 kept E"},
		{in: "Foo-02", want: "Foo-02"}, {in: "2-Mars", want: "2-Mars"}, {in: "ebm-2", want: "ebm-2"}, {in: "50912", want: "50912"},
	})
}

func TestRequired(t *testing.T) {
	for _, e := range []struct{ entity, field, in, want string }{
		{"patient", "patient_id", "", "null E"}, {"patient", "patient_id", "  ", "null E"}, {"patient", "patient_id", "P1", "P1"},
		{"patient", "patient_id", "N/A", "null E unknown"}, {"patient", "patient_id", "\ufeff", "null E unknown"},
	} {
		if g := run(t, e.entity, e.field, nil, e.in); g.String() != e.want {
			t.Errorf("%q: got %q, want %q", e.in, g, e.want)
		}
	}
}

func TestBool(t *testing.T) {
	check(t, "patient", "deceased", nil, []example{
		{in: "Y", want: "true I"}, {in: "0", want: "false I"}, {in: "Alive", want: "false I"}, {in: "maybe", want: "maybe kept E"},
		{in: "true", want: "true"}, {in: "false", want: "false"}, {in: "EXPIRED", want: "true I"}, {in: "u", want: "null I unknown"},
		{in: "Unknown", want: "null I unknown"}, {in: "2", want: "2 kept E"}, {in: "1", want: "true I"}, {in: "living", want: "false I"},
	})
}

func TestSSN(t *testing.T) {
	check(t, "patient", "ssn", nil, []example{
		{in: "xxx-xx-1234", want: "xxx-xx-1234 kept W"}, {in: "***-**-1234", want: "***-**-1234 kept W"}, {in: "XXXXX1234", want: "XXXXX1234 kept W"},
		{in: "xxxx-xx-1234", want: "xxxx-xx-1234 kept E"}, {in: "xxx-xx-123", want: "xxx-xx-123 kept E"},
		{in: "123456789", want: "123-45-6789 I"},
		{in: "123 45 6789", want: "123-45-6789 I"},
		{in: "123-45-6789", want: "123-45-6789"},
		{in: "12345678", want: "12345678 kept E"},
		{in: "666-12-3456", want: "666-12-3456 kept E"},
		{in: "666123456", want: "666123456 kept E"},
		{in: "123-00-4567", want: "123-00-4567 kept E"},
		{in: "123-45-0000", want: "123-45-0000 kept E"},
		{in: "912-70-1234", want: "912-70-1234 kept E"},
		{in: "912-69-1234", want: "912-69-1234 kept E"},
		{in: "000-12-3456", want: "000-12-3456 kept E"},
		{in: "999-17-5017", want: "999-17-5017 W"},
		{in: "999175017", want: "999-17-5017 W"},
		{in: "078-05-1120", want: "078-05-1120 W"},
		{in: "219099999", want: "219-09-9999 W"},
		{in: "111-11-1111", want: "111-11-1111 W"},
		{in: "6789", want: "6789 kept W"},
		{in: "12-345-6789", want: "12-345-6789 kept E"},
		{in: "123--45-6789", want: "123--45-6789 kept E"},
		{in: "1234567890", want: "1234567890 kept E"},
		{in: "123456789.0", want: "123-45-6789 W"},
		{in: "1.23457E+08", want: "1.23457E+08 kept E"},
	})
	if g := run(t, "patient", "ssn", nil, "912-70-1234"); !strings.Contains(g.Notes["VAL-SSN-1"], "ITIN") {
		t.Errorf("no ITIN: %v", g.Notes)
	}
	if g := run(t, "patient", "ssn", nil, "912-69-1234"); strings.Contains(g.Notes["VAL-SSN-1"], "ITIN") {
		t.Errorf("an ITIN: %v", g.Notes)
	}
	for _, wrong := range []string{"12345678", "12-345-6789"} { // what is wrong is told by the VAL id of the heading
		if g := run(t, "patient", "ssn", nil, wrong); g.Notes["VAL-SSN-1"] == "" {
			t.Errorf("%s: %v", wrong, g.Notes)
		}
	}
}

func TestNPI(t *testing.T) {
	check(t, "patient", "provider_npi", nil, []example{
		{in: "1234567893", want: "1234567893"}, {in: "1234567890", want: "1234567890 kept E"}, {in: "0000000000", want: "0000000000 kept E"},
		{in: "PROV53745", want: "PROV53745 kept E"}, {in: "1234567893.0", want: "1234567893 W"}, {in: "3234567893", want: "3234567893 kept E"},
	})
	check(t, "medication", "prescriber_id", nil, []example{{in: "PROV53745", want: "PROV53745"}})
}
