package rule

import (
	"slices"
	"strings"
	"testing"
)

func TestEncounterClass(t *testing.T) {
	check(t, "encounter", "class", nil, []example{
		// The examples of the book.
		{in: "ambulatory", want: "AMB I"}, {in: "EW EMER.", want: "IMP W"}, {in: "wellness", want: "AMB I"},
		{in: "Telehealth", want: "VR I"}, {in: "banana", want: "banana kept E"},
		// The words of its sentences.
		{in: "inpatient", want: "IMP I"}, {in: "IP", want: "IMP I"}, {in: "imp", want: "IMP I"}, {in: "Admitted", want: "IMP I"},
		{in: "hospital", want: "IMP I"}, {in: "outpatient", want: "AMB I"}, {in: "op", want: "AMB I"}, {in: "amb", want: "AMB I"},
		{in: "office", want: "AMB I"}, {in: "clinic", want: "AMB I"}, {in: "urgentcare", want: "AMB I"}, {in: "Urgent Care", want: "AMB I"},
		{in: "emergency", want: "EMER I"}, {in: "ed", want: "EMER I"}, {in: "ER", want: "EMER I"}, {in: "emer", want: "EMER I"},
		{in: "observation", want: "OBSENC I"}, {in: "obs", want: "OBSENC I"}, {in: "ED to inpatient", want: "IMP W"},
		{in: "virtual", want: "VR I"}, {in: "video", want: "VR I"}, {in: "phone", want: "VR I"}, {in: "home", want: "HH I"},
		{in: "URGENT", want: "IMP W"}, {in: "DIRECT EMER.", want: "IMP W"}, {in: "ELECTIVE", want: "IMP W"},
		// PCORnet.
		{in: "AV", want: "AMB I"}, {in: "ED", want: "EMER I"}, {in: "EI", want: "IMP W"}, {in: "IS", want: "IMP W"},
		{in: "OS", want: "OBSENC I"}, {in: "IC", want: "IMP W"}, {in: "TH", want: "VR I"}, {in: "OA", want: "AMB W"},
		// The classes themselves (rule 0.8), in any case.
		{in: "IMP", want: "IMP"}, {in: "AMB", want: "AMB"}, {in: "EMER", want: "EMER"}, {in: "OBSENC", want: "OBSENC"},
		{in: "VR", want: "VR"}, {in: "HH", want: "HH"}, {in: "Hh", want: "HH I"},
		// Words that the book leaves out: HL7 v2, OMOP, whole phrases.
		{in: "I", want: "IMP I"}, {in: "9203", want: "EMER I"}, {in: "262", want: "IMP W"}, {in: "Office Visit", want: "AMB I"},
		{in: "OBSERVATION ADMIT", want: "IMP W"}, {in: "EU OBSERVATION", want: "OBSENC I"},
		{in: "an inpatient stay of which there is so much to say that no table of words could ever hold all of it", want: "an inpatient stay of which there is so much to say that no table of words could ever hold all of it kept E"},
	})
}

func TestEncounterWithoutClass(t *testing.T) {
	for text, rule := range map[string]string{"NI": "STD-ENCTR-1", "UN": "STD-ENCTR-1", "OT": "STD-ENCTR-1", "Other": "STD-ENCTR-1",
		"unknown": "NULL-1", "N/A": "NULL-1"} {
		g := run(t, "encounter", "class", nil, text)
		if !g.Null || g.Absent != "unknown" || !slices.Equal(g.Rules, []string{rule}) {
			t.Errorf("%s: %s %v", text, g, g.Rules)
		}
	}
}

func TestEncounterDetail(t *testing.T) {
	for text, want := range map[string]string{"snf": "snf", "Hospice": "hospice", "NURSING": "nursing", "Skilled Nursing Facility": "snf",
		"inpatient": "", "ED to inpatient": "", "banana": "", "UN": ""} {
		g := run(t, "encounter", "class", nil, text)
		if g.Derived["class_detail"] != want {
			t.Errorf("%s: detail %q, want %q", text, g.Derived["class_detail"], want)
		}
		if want != "" && g.String() != "IMP W" {
			t.Errorf("%s: %s", text, g)
		}
	}
}

// TestEncounterNotes holds the table to its notes: each is known, and each class is one of FHIR's.
func TestEncounterNotes(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range tableLines(encounterClassTable, 4) {
		if classNotes[row[1]] == "" && row[1] != "" || row[2] != "" && row[1] == "" {
			t.Errorf("%s: note %q, detail %q", row[0], row[1], row[2])
		}
		if !slices.Contains([]string{"IMP", "AMB", "EMER", "OBSENC", "VR", "HH"}, row[0]) {
			t.Errorf("%s is no class of the book", row[0])
		}
		for word := range strings.SplitSeq(row[3], "|") {
			key := string(enumKey(nil, []byte(word)))
			if seen[key] {
				t.Errorf("%s stands in the table twice", word)
			}
			seen[key] = true
		}
	}
}

func TestEncounterClassAllocations(t *testing.T) {
	eval := open(t, column(t, "encounter", "class", nil)).eval
	var arena Arena
	for _, text := range []string{"ambulatory", "IMP", "snf"} {
		raw := []byte(text)
		if n := testing.AllocsPerRun(100, func() { arena.Reset(); eval.Eval(raw, nil, nil, &arena) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}
