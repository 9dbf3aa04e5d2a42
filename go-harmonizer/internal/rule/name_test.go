package rule

import (
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestNames(t *testing.T) {
	check(t, "patient", "last_name", nil, []example{
		{in: "GARCIA-LOPEZ", want: "Garcia-Lopez I"},
		{in: "o'brien", want: "O'Brien I"},
		{in: "O’BRIEN", want: "O'Brien I"},
		{in: "MCDONALD", want: "McDonald I"},
		{in: "mcévoy", want: "McÉvoy I"},
		{in: "MC", want: "Mc I"},
		{in: "deGrasse", want: "deGrasse"},
		{in: "van der Berg", want: "van der Berg"},
		{in: "SMITH3", want: "Smith3 W"},
		{in: "Smith3", want: "Smith3 kept W"},
		{in: "SMITH JR.", want: "Smith Jr. I"},
		{in: "smith iii", want: "Smith III I"},
		{in: "HENRY II", want: "Henry II I"},
		{in: "II", want: "II"},
		{in: "Smith,", want: "Smith I"},
		{in: "Smith , ,", want: "Smith I"},
		{in: "SMITH, JR", want: "Smith, Jr I"},
		{in: "Smith J. R.", want: "Smith J R I"},
		{in: "Smith J.R.", want: "Smith J.R."},
		{in: "SMITH J.R.", want: "Smith J.R. I"}, {in: "ST.JOHN", want: "St.John I"}, {in: "SMITH/JONES", want: "Smith/Jones I"},
		{in: "DOE (ROE)", want: "Doe (Roe) I"},
		{in: "ÅNGSTRÖM", want: "Ångström I"},
		{in: "straße", want: "Straße I"},
		{in: "ИВАНОВА", want: "Иванова I"},
		{in: "王小明", want: "王小明"},
		{in: "ǆ", want: "ǅ W"},
		{in: "AJ\u030c", want: "Aǰ I"},
		{in: "Null", want: "Null kept W"},
		{in: "NULL", want: "Null W"},
		{in: "Na", want: "Na kept W"},
		{in: "none", want: "None W"},
		{in: "Unknown", want: "Unknown kept W"},
		{in: "Test", want: "Test kept W"},
		{in: "Test Patient", want: "Test Patient kept W"},
		{in: "Testa", want: "Testa"},
		{in: "Contest", want: "Contest"},
		{in: "Nilsson", want: "Nilsson"},
		{in: "a@b", want: "A@b W"},
		{in: "Li", want: "Li"},
		{in: "X", want: "X kept W"},
		{in: "x.", want: "X W"},
		{in: "李", want: "李 kept W"},
		{in: "Smith٣", want: "Smith٣ kept W"},
		{in: ",", want: ", kept W"},
		{in: "", want: "null"},
		{in: "n/a", want: "null I unknown"},
		{in: "N/A,", want: "null I unknown"},
		{in: "ã©", want: "ã©"},
	})
	check(t, "patient", "first_name", nil, []example{
		{in: "Baby Boy", want: "Baby Boy kept W"},
		{in: "BABYGIRL A", want: "Babygirl A W"},
		{in: "Baby-Girl", want: "Baby-Girl kept W"},
		{in: "Baby", want: "Baby"},
		{in: "J.", want: "J I"},
		{in: "j.-p.", want: "J-P I"},
		{in: "MARY ANN", want: "Mary Ann I"},
	})
	check(t, "patient", "middle_name", nil, []example{
		{in: "q.", want: "Q I"},
		{in: "Q3", want: "Q3"}, // The rule looks at first and last names alone.
	})
}

func TestNameReports(t *testing.T) {
	g := run(t, "patient", "last_name", nil, "SMITH3")
	if got := strings.Join(g.Rules, " "); got != "STD-NAME-1 VAL-NAME-1" {
		t.Errorf("rules %q", got)
	}
}

func TestProviderNames(t *testing.T) {
	check(t, "patient", "pcp_name", nil, []example{
		{in: "LEE^KIM^Q^DR", want: "Kim Q Lee I"}, {in: "Lee^Kim", want: "Kim Lee I"}, {in: "^", want: "^"},
		{in: "Dr. Kim Lee", want: "Kim Lee I"},
		{in: "LEE, KIM MD", want: "Kim Lee I"},
		{in: " Robert Doe", want: "Robert Doe I"},
		{in: "Dr.", want: "Dr. kept W"},
		{in: "MD", want: "MD kept W"},
		{in: "Dr. MD, PhD", want: "Dr. MD, PhD kept W"},
		{in: "Dr.Kim Lee", want: "Kim Lee I"},
		{in: "dr kim lee", want: "Kim Lee I"},
		{in: "MD Kim Lee", want: "Kim Lee I"},
		{in: "Kim Lee, MD", want: "Kim Lee I"},
		{in: "Kim Lee, M.D., Ph.D.", want: "Kim Lee I"},
		{in: "Kim Lee PA-C", want: "Kim Lee I"},
		{in: "Kim Lee, Md", want: "Kim Lee I"},
		{in: "Lee, Kim", want: "Kim Lee I"},
		{in: "Lee, Kim, RN", want: "Kim Lee I"},
		{in: "Lee, Dr. Kim", want: "Kim Lee I"},
		{in: "Lee, MD", want: "Lee I"},
		{in: "Smith, Jr., John", want: "Smith, Jr., John kept W"},
		{in: "Kim Do", want: "Kim Do"},
		{in: "KIM DO", want: "Kim Do I"},
		{in: "Kim Lee DO", want: "Kim Lee I"},
		{in: "Md Rahman", want: "Md Rahman"},
		{in: "Drake Lee", want: "Drake Lee"},
		{in: "Kim M.-D.", want: "Kim M-D I"},
		{in: "Dr. N/A", want: "null I unknown"},
		{in: "Dr. Unknown", want: "Unknown I"},
		{in: "John von Neumann", want: "John von Neumann"},
		{in: "", want: "null"},
	})
}

// TestProviderNamesTwice tries every sequence of some tokens with every separator.
func TestProviderNamesTwice(t *testing.T) {
	b := open(t, column(t, "patient", "pcp_name", nil))
	tokens := []string{"Dr.", "DR", "MD", "Md", "m.d.", "DO", "Do", "PhD", "Kim", "LEE", "O'B.", "é."}
	for _, x := range tokens {
		for _, y := range tokens {
			for _, z := range tokens {
				for _, mark := range []string{" ", ", ", ","} {
					g := b.run(x + mark + y + " " + z)
					if second := b.run(g.Text); second.Text != g.Text {
						t.Fatalf("%q became %q, then %q", x+mark+y+" "+z, g.Text, second.Text)
					}
				}
			}
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, seed := range []string{"MCDONALD", "o'brien", "Q.,", "ǆ II", "AJ\u030c", "Lee, Dr. Kim MD", ".,", "Dr. N/A", "\u00e3\u00a9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, field := range []string{"last_name", "pcp_name"} {
			b := open(t, column(t, "patient", field, nil))
			g := b.run(text)
			if second := b.run(g.Text); second.Text != g.Text {
				t.Errorf("%s: %q became %q, then %q", field, text, g.Text, second.Text)
			}
		}
	})
}

// fillRow runs a record rule over texts and returns what they become and what was found.
func fillRow(r *RecordRule, texts ...string) (out []string, found []string) {
	columns, slots := make([][]*record.Value, len(texts)), make([]int, len(texts))
	for i, text := range texts {
		slots[i] = i
		columns[i] = []*record.Value{record.Null}
		if text != "" {
			columns[i][0] = &record.Value{Text: []byte(text), Clean: []byte(text), Outcome: record.OK}
		}
	}
	for _, f := range NewRowRunner(r, nil, params(), slots, new(Arena)).Run(columns, 0, -1) {
		if f.Finding.Severity > record.Information {
			found = append(found, r.Fields[f.Field]+" "+f.Finding.Rule+" "+letter(f.Finding.Severity))
		}
	}
	for i := range columns {
		out = append(out, string(columns[i][0].Text))
	}
	return out, found
}

func TestFullNames(t *testing.T) {
	const guessed = "full_name STD-NAME-2 W"
	cases := []struct{ in, first, middle, last, prefix, suffix, found string }{
		{"DOE, JANE Q", "Jane", "Q", "Doe", "", "", ""},
		{"Doe^Jane^Q", "Jane", "Q", "Doe", "", "", ""},
		{"DOE^JANE^Q^DR^III", "Jane", "Q", "Doe", "Dr", "III", ""},
		{"Doe^Jane^^^", "Jane", "", "Doe", "", "", ""},
		{"Yamada^Tarou=山田^太郎", "Tarou", "", "Yamada", "", "", ""},
		{"Jane Doe", "Jane", "", "Doe", "", "", guessed},
		{"Jane Q. Doe", "Jane", "Q", "Doe", "", "", guessed},
		{"Maria del Carmen Ruiz Soto", "", "", "", "", "", guessed},
		{"Madonna", "", "", "", "", "", guessed},
		{"Doe, Jane Q, Jr", "Jane", "Q", "Doe", "", "Jr", ""},
		{"Doe, Jr., John", "John", "", "Doe", "", "Jr.", ""},
		{"Doe, John Q III", "John", "Q", "Doe", "", "III", ""},
		{"John Doe, Jr.", "John", "", "Doe", "", "Jr.", guessed},
		{"John Doe Jr", "John", "", "Doe", "", "Jr", guessed},
		{"Dr. Jane Doe", "Jane", "", "Doe", "Dr.", "", guessed},
		{"Dr. Doe", "", "", "", "", "", guessed},
		{"Doe, V", "V", "", "Doe", "", "", ""},
		{"Garcia Lopez, Ana Maria", "Ana", "Maria", "Garcia Lopez", "", "", ""},
		{"Doe, Jane, Q", "", "", "", "", "", guessed},
		{", Jane", "", "", "", "", "", guessed},
		{"a, b, c, d", "", "", "", "", "", guessed},
		{"^^Q", "", "", "", "", "", guessed},
		{"a^b^c^d^e^f", "", "", "", "", "", guessed},
		{"DOE3, BABY BOY", "Baby", "Boy", "Doe3", "", "", "last_name VAL-NAME-1 W"},
		{"Doe, N/A", "", "", "Doe", "", "", ""},
		{"", "", "", "", "", "", ""},
	}
	for _, c := range cases {
		out, found := fillRow(&fullName, c.in, "", "", "", "", "")
		want := []string{c.in, c.first, c.middle, c.last, c.prefix, c.suffix}
		if strings.Join(out, "|") != strings.Join(want, "|") || strings.Join(found, ",") != c.found {
			t.Errorf("%q: got %q %q, want %q %q", c.in, out, found, want, c.found)
		}
		if again, _ := fillRow(&fullName, out...); strings.Join(again, "|") != strings.Join(out, "|") {
			t.Errorf("%q: %q became %q the second time", c.in, out, again)
		}
	}
}

func TestFullNameOverwritesNothing(t *testing.T) {
	for i := 1; i <= 3; i++ {
		row := []string{"DOE, JANE Q", "", "", "", "", ""}
		row[i] = "given"
		if out, found := fillRow(&fullName, row...); strings.Join(out, "|") != strings.Join(row, "|") || found != nil {
			t.Errorf("%q became %q %q", row, out, found)
		}
	}
	if out, _ := fillRow(&fullName, "Doe^Jane^^Dr^Jr", "", "", "", "Prof", ""); out[4] != "Prof" || out[5] != "Jr" {
		t.Errorf("prefix and suffix %q", out[4:])
	}
}
