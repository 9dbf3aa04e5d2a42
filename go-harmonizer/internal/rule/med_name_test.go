package rule

import "testing"

func TestDrugNames(t *testing.T) {
	check(t, "medication", "medication_name", nil, []example{
		{in: "SERTRALINE", want: "Sertraline I"}, {in: "hydrOXYzine", want: "hydrOXYzine"}, {in: "METFORMIN HCL 500 MG", want: "Metformin HCl 500 mg I"},
		{in: "12345", want: "12345 kept W"}, {in: "Test", want: "Test kept W"}, {in: "TEST", want: "TEST kept W"}, {in: "test strips", want: "Test Strips I"},
		{in: "Sertraline", want: "Sertraline"}, {in: "sertraline", want: "Sertraline I"}, {in: "  metoprolol   succinate er ", want: "Metoprolol Succinate ER I"},
		{in: "amLODIPine 2.5 MG Oral Tablet", want: "amLODIPine 2.5 MG Oral Tablet"}, {in: "lisinopril 10 MG Oral Tablet", want: "lisinopril 10 MG Oral Tablet"},
		{in: "AMOXICILLIN/CLAVULANATE 500MG/5ML", want: "Amoxicillin/Clavulanate 500mg/5mL I"}, {in: "CO-TRIMOXAZOLE", want: "Co-Trimoxazole I"},
		{in: "CEFAZOLIN 1 G", want: "Cefazolin 1 g I"}, {in: "cefazolin 0.5g", want: "Cefazolin 0.5g I"}, {in: "PENICILLIN G", want: "Penicillin G I"},
		{in: "penicillin g 5 mmol", want: "Penicillin G 5 mmol I"}, {in: "UREA CREAM 100 MG/G", want: "Urea Cream 100 mg/g I"},
		{in: "POTASSIUM CHLORIDE 20 MEQ CR", want: "Potassium Chloride 20 mEq CR I"}, {in: "VITAMIN D3 1000 IU", want: "Vitamin D3 1000 IU I"},
		{in: "LEVOTHYROXINE 50 MCG", want: "Levothyroxine 50 mcg I"}, {in: "ondansetron odt", want: "Ondansetron ODT I"}, {in: "ST. JOHN'S WORT", want: "St. John's Wort I"},
		{in: "VENLAFAXINE XR SR DR", want: "Venlafaxine XR SR DR I"}, {in: "LORATADINE 24HR (OTC)", want: "Loratadine 24hr (Otc) I"}, {in: "ÉTHER", want: "Éther I"},
		{in: "0574-4072-05", want: "0574-4072-05 kept W"}, {in: "1.5", want: "1.5 kept W"}, {in: "500 mg", want: "500 mg"}, {in: "B12", want: "B12"},
		{in: "N/A", want: "null I unknown"}, {in: "", want: "null"}, {in: "MG", want: "mg I"}, {in: "G", want: "G"}, {in: "(+)", want: "(+)"},
	})
	if g := run(t, "medication", "medication_name", nil, "12345"); g.Rules[0] != "VAL-MED-1" {
		t.Errorf("rules %v", g.Rules)
	}
}

func FuzzDrugName(f *testing.F) {
	for _, seed := range []string{"METFORMIN HCL 500 MG", "hydrOXYzine", "PENICILLIN G 1 G", "É\u0301 ER", "ǅ ﬁ İ", "\xff\xfe"} {
		f.Add(seed)
	}
	b := open(f, column(f, "medication", "medication_name", nil))
	f.Fuzz(func(t *testing.T, text string) {
		first := b.run(text)
		if second := b.run(first.Text); second.Text != first.Text {
			t.Errorf("%q became %q, then %q", text, first.Text, second.Text)
		}
	})
}
