package rule

import (
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// filled writes a code with the system it came with or was given.
func filled(g got) string { return g.String() + " " + g.Derived["code_system"] }

func TestCodeSystemNames(t *testing.T) {
	check(t, "condition", "code_system", nil, []example{
		{in: "9", want: "ICD-9-CM I"}, {in: "09", want: "ICD-9-CM I"}, {in: "10", want: "ICD-10-CM I"}, {in: "9.0", want: "ICD-9-CM W"},
		{in: "10.0", want: "ICD-10-CM W"}, {in: "icd10cm", want: "ICD-10-CM I"}, {in: "ICD-10", want: "ICD-10-CM I"},
		{in: "SNOMED CT", want: "SNOMED I"}, {in: "SNOMED", want: "SNOMED"}, {in: "http://snomed.info/sct", want: "SNOMED I"},
		{in: "urn:oid:2.16.840.1.113883.6.90", want: "ICD-10-CM I"}, {in: "2.16.840.1.113883.6.103", want: "ICD-9-CM I"},
		{in: "http://hl7.org/fhir/sid/icd-10-cm", want: "ICD-10-CM I"}, {in: "http://loinc.org", want: "LOINC I"},
		{in: "CPT", want: "CPT kept E"}, {in: "HOUSE-LIST", want: "HOUSE-LIST kept E"}, {in: "", want: "null"},
		{in: "http://hl7.org/fhir/sid/icd-10", want: "http://hl7.org/fhir/sid/icd-10 kept E"},
	})
}

func TestCodesOfConditions(t *testing.T) {
	for _, e := range []struct{ header, system, in, want string }{
		{"dx", "", "38341003", "38341003 SNOMED"},
		{"dx", "", "E8889", "E8889 kept E "},
		{"dx", "ICD-9-CM", "E8889", "E888.9 I "},
		{"dx", "ICD-10-CM", "E8889", "E88.89 I "},
		{"dx", "", "2345-7", "2345-7 LOINC"},
		{"dx", "", "J45909", "J45.909 I ICD-10-CM"},
		{"dx", "", "4019", "401.9 I ICD-9-CM"},
		{"dx", "", "250.0", "250.0 ICD-9-CM"},
		{"dx", "", "4019.0", "401.9 W ICD-9-CM"},
		{"dx", "", "V10.11", "V10.11 kept E "},
		{"dx", "", "zzz", "zzz kept E "},
		{"dx", "", "38341004", "38341004 kept E "},
		{"dx", "", "3.8E+07", "3.8E+07 kept E "},
		{"dx", "", "751689013", "751689013 kept E SNOMED"},
		{"icd9_code", "", "E8889", "E888.9 I ICD-9-CM"},
		{"icd10_code", "", "E8889", "E88.89 I ICD-10-CM"},
		{"icd10_code", "ICD-9-CM", "E8889", "E888.9 I "},
		{"icd10_code", "", "1E1.9", "1E1.9 kept E ICD-10-CM"},
		{"snomed", "", "12345", "12345 kept E SNOMED"},
		{"dx", "SNOMED", "E11.9", "E11.9 kept E "},
		{"dx", "LOINC", "2345-8", "2345-8 kept E "},
		{"dx", "LOINC", "loinc:2345-7", "2345-7 I "},
	} {
		c := column(t, "condition", "code", nil)
		c.Key = e.header
		g := open(t, c).run(e.in, "code_system="+e.system)
		if filled(g) != e.want {
			t.Errorf("%s %s %s: got %q, want %q (%v)", e.header, e.system, e.in, filled(g), e.want, g.Notes)
		}
		system := e.system
		if g.Derived["code_system"] != "" {
			system = g.Derived["code_system"]
		}
		again(t, "condition", "code", nil, g, "code_system="+system)
	}
}

func TestCodeSystemOfColumn(t *testing.T) {
	decided := map[string]string{"V1011": "V10.11 I ICD-9-CM", "250.00": "250.00 ICD-9-CM", "E8889": "E888.9 I ICD-9-CM"}
	texts := []string{"V1011", "250.00", "E8889", "250.00"}
	for i, g := range runColumn(t, "condition", "code", nil, texts...) {
		if filled(g) != decided[texts[i]] {
			t.Errorf("%s: got %q", texts[i], filled(g))
		}
		if !slices.Contains(g.Others, "code_system STD-CODE-1 W") {
			t.Errorf("%s: not said to be inferred: %v", texts[i], g.Others)
		}
	}
	for _, g := range runColumn(t, "condition", "code", nil, "V1011", "E8889") { // no code is of one system alone
		if g.Outcome != "kept" || g.Severity != "E" {
			t.Errorf("undecided: %v", g)
		}
	}
	mixed := runColumn(t, "condition", "code", nil, "V1011", "250.00", "J45.909") // 67 % and 67 %
	if mixed[0].String() != "V1011 kept E" {
		t.Errorf("mixed: %v", mixed[0])
	}
}

// A spoiled code in a column of SNOMED CT is told by its check digit; anything else in it, by its system.
func TestSpoiledConcepts(t *testing.T) {
	texts := []string{"38341004", "zzz"}
	for i := range 60 {
		texts = append(texts, concept(i))
	}
	all := runColumn(t, "condition", "code", nil, texts...)
	if !slices.Equal(all[0].Rules, []string{"VAL-SCT-1"}) || !slices.Equal(all[1].Rules, []string{"STD-CODE-1"}) {
		t.Errorf("got %v and %v", all[0].Rules, all[1].Rules)
	}
}

// concept makes the identifier of a concept.
func concept(i int) string {
	for check := byte('0'); check <= '9'; check++ {
		id := []byte{'4', '4', '0' + byte(i/10), '0' + byte(i%10), '1', '0', '0', check}
		if verhoeff(id) {
			return string(id)
		}
	}
	return ""
}

func TestUnknownSystemIsNotTested(t *testing.T) {
	b := open(t, column(t, "condition", "code", nil))
	if g := b.run("ENG-4"); g.Severity != "E" {
		t.Errorf("no system: %v", g)
	}
	var arena Arena
	system := open(t, column(t, "condition", "code_system", nil)).eval.Eval([]byte("HOUSE-LIST"), nil, nil, &arena)
	v := b.eval.Eval([]byte("e119"), []*record.Value{system}, nil, &arena)
	if string(v.Text) != "e119" || len(v.Findings) != 0 {
		t.Errorf("tested: %s %v", v.Text, v.Findings)
	}
}

func TestReasonCodes(t *testing.T) {
	for _, entity := range []string{"encounter", "medication"} {
		check(t, entity, "reason_code", nil, []example{
			{in: "38341003", want: "38341003 W"}, {in: "j45909", want: "J45.909 W"}, {in: "e119", want: "e119 kept E"}, {in: "V10.11", want: "V10.11 W"},
			{in: "V1011", want: "V1011 kept E"}, {in: "E8889", want: "E8889 kept E"}, {in: "headache", want: "headache kept E"},
		})
	}
	if g := runColumn(t, "encounter", "reason_code", nil, "V1011", "250.00")[0]; g.String() != "V10.11 W" {
		t.Errorf("by the column: %v", g)
	}
}

// However the codes are shared out and ordered, the sample of a great column is the same.
func TestGreatColumns(t *testing.T) {
	one, two, all := weighed(0, 60000), weighed(40000, 150000), weighed(0, 150000)
	one.Merge(two)
	if one.mask != all.mask || len(one.codes) != len(all.codes) || len(all.codes) > codesMost || all.mask == 0 {
		t.Fatalf("%d of mask %d, %d of mask %d", len(one.codes), one.mask, len(all.codes), all.mask)
	}
	for hash, set := range all.codes {
		if one.codes[hash] != set {
			t.Fatal("another sample")
		}
	}
	if all.decided() != icd10Codes {
		t.Errorf("decided for %d", all.decided())
	}
}

func weighed(from, to int) *codeShare {
	s := weighCodes(&Column{Field: "code"}).(*codeShare)
	for i := from; i < to; i++ {
		s.Add([]byte{'J', '0' + byte(i/100000), '0' + byte(i/10000%10), '.', '0' + byte(i/1000%10), '0' + byte(i/100%10),
			'0' + byte(i/10%10), '0' + byte(i%10)}, 1)
	}
	return s
}
