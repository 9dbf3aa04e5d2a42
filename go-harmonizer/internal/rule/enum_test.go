package rule

import (
	"strings"
	"testing"
)

func sexCoding(coding string) *Params { return params(func(p *Params) { p.SexCoding = coding }) }

func TestSexes(t *testing.T) {
	check(t, "patient", "gender", nil, []example{
		{in: "F", want: "female I"},
		{in: "NB", want: "other I"},
		{in: "U", want: "unknown I"},
		{in: "1", want: "1 kept E"},
		{in: "Femlae", want: "Femlae kept E"},
		{in: "8507", want: "male I"},
		{in: "8551", want: "unknown I"},
		{in: "Non-Binary", want: "other I"},
		{in: "nonbinary", want: "other I"},
		{in: "WOMAN", want: "female I"},
		{in: "a", want: "other I"},
		{in: "Ambiguous", want: "other I"},
		{in: "unk", want: "unknown I"},
		{in: "Declined", want: "unknown I asked-declined"},
		{in: "refused", want: "null I asked-declined"},
		{in: "Decline to answer", want: "unknown I asked-declined"}, {in: "not reported", want: "unknown I"},
		{in: "Ｆ", want: "female I"},
		{in: "9", want: "9 kept E"},
		{in: "3", want: "3 kept E"},
		{in: "", want: "null"},
	})
	check(t, "patient", "gender", sexCoding("iso5218"), []example{
		{in: "0", want: "unknown I"}, {in: "1", want: "male I"}, {in: "2", want: "female I"}, {in: "9", want: "other I"},
		{in: "3", want: "3 kept E"}, {in: "f", want: "female I"},
	})
	check(t, "patient", "gender", sexCoding("01"), []example{
		{in: "0", want: "female I"}, {in: "1", want: "male I"}, {in: "2", want: "2 kept E"}, {in: "9", want: "9 kept E"},
	})
	check(t, "imaging_study", "patient_sex", nil, []example{
		{in: "M", want: "male I"}, {in: "F ", want: "female I"}, {in: "O", want: "other I"},
	})
}

func TestRaces(t *testing.T) {
	check(t, "patient", "race", nil, []example{
		{in: "Caucasian", want: "white I"},
		{in: "BLACK/CAPE VERDEAN", want: "black_or_african_american I"},
		{in: "Asian; White", want: "asian;white I"},
		{in: "HISPANIC/LATINO - CUBAN", want: "unknown W"},
		{in: "Martian", want: "Martian kept E"},
		{in: "WHITE - RUSSIAN", want: "white I"},
		{in: "White (Russian)", want: "white I"},
		{in: "White|Black", want: "black_or_african_american;white I"},
		{in: "white/asian/white", want: "asian;white I"},
		{in: "Asian and White", want: "asian;white I"},
		{in: "AI/AN", want: "american_indian_or_alaska_native I"},
		{in: "AI/AN/white", want: "american_indian_or_alaska_native;white I"},
		{in: "American Indian and Alaska Native", want: "american_indian_or_alaska_native I"},
		{in: "AMERICAN INDIAN/ALASKA NATIVE", want: "american_indian_or_alaska_native I"},
		{in: "Native Hawaiian or Other Pacific Islander", want: "native_hawaiian_or_other_pacific_islander I"},
		{in: "2106-3", want: "white I"},
		{in: "8516", want: "black_or_african_american I"},
		{in: "Middle Eastern or North African", want: "middle_eastern_or_north_african I"},
		{in: "middle_eastern_or_north_african", want: "middle_eastern_or_north_african I"},
		{in: "Multiple", want: "multiple W"},
		{in: "MULTIPLE RACE/ETHNICITY", want: "multiple W"},
		{in: "Declined", want: "declined I"},
		{in: "PATIENT DECLINED TO ANSWER", want: "declined I"},
		{in: "UNK", want: "unknown I"},
		{in: "unknown; white", want: "white I"},
		{in: "multiple;asian", want: "asian I"},
		{in: "declined;unknown", want: "declined I"},
		{in: "multiple;unknown", want: "multiple W"},
		{in: "Other", want: "other I"},
		{in: "other;white", want: "white;other I"},
		{in: "White; Hispanic", want: "white W"},
		{in: "White; Martian", want: "White; Martian kept E"},
		{in: "White and Martian", want: "White and Martian kept E"},
		{in: ";", want: "; kept E"},
		{in: "Not Hispanic or Latino", want: "Not Hispanic or Latino kept E"},
		{in: "05", want: "05 kept E"},
		{in: "H", want: "H kept E"},
		{in: "White or Caucasian", want: "white I"}, {in: "Not Reported", want: "unknown I"}, {in: "Decline to Answer", want: "declined I"},
		{in: "Biracial", want: "multiple W"}, {in: "Hispanic or Latino/a", want: "unknown W"},
		{in: "", want: "null"},
		{in: "unable to obtain", want: "null I unknown"},
		{in: strings.Repeat("native hawaiian/other pacific islander/", 40) + "x", want: "native_hawaiian_or_other_pacific_islander I"},
	})
}

func TestHispanicRaceFillsEthnicity(t *testing.T) {
	for _, text := range []string{"HISPANIC/LATINO - CUBAN", "Latino", "White; Hispanic", "2135-2"} {
		if said := run(t, "patient", "race", nil, text).Derived["_hispanic"]; said != hispanic {
			t.Errorf("%q derives %q", text, said)
		}
	}
	if said := run(t, "patient", "race", nil, "White").Derived["_hispanic"]; said != "" {
		t.Errorf("White derives %q", said)
	}
	for _, c := range []struct{ ethnicity, said, want string }{
		{"", hispanic, hispanic}, {notHispanic, hispanic, notHispanic}, {"unknown", hispanic, "unknown"}, {"", "", ""},
	} {
		if out, _ := fillRow(&hispanicByRace, c.ethnicity, c.said); out[0] != c.want {
			t.Errorf("%+v: got %q", c, out[0])
		}
	}
}

func TestRaceCodesOfNetwork(t *testing.T) {
	codes := []string{"01", "02", "03", "04", "05", "06", "07", "NI", "UN", "OT", ""}
	want := []string{"american_indian_or_alaska_native I", "asian I", "black_or_african_american I", "native_hawaiian_or_other_pacific_islander I",
		"white I", "multiple W", "declined I", "unknown I", "unknown I", "other I", "null"}
	for i, g := range runColumn(t, "patient", "race", nil, codes...) {
		if g.String() != want[i] {
			t.Errorf("%q: got %q, want %q", codes[i], g, want[i])
		}
		again(t, "patient", "race", nil, g)
	}
	for _, g := range runColumn(t, "patient", "race", nil, "White", "Asian", "05", "OT") {
		if g.Text == "05" && g.Outcome != "kept" || g.Text == "other" {
			t.Errorf("a code among words: %q", g)
		}
	}
}

func TestEthnicities(t *testing.T) {
	check(t, "patient", "ethnicity", nil, []example{
		{in: "Hispanic or Latino", want: "hispanic_or_latino I"},
		{in: "Not Hispanic or Latino", want: "not_hispanic_or_latino I"},
		{in: "nonhispanic", want: "not_hispanic_or_latino I"},
		{in: "Non-Hispanic", want: "not_hispanic_or_latino I"},
		{in: "not hispanic, latino or spanish", want: "not_hispanic_or_latino I"},
		{in: "NH", want: "not_hispanic_or_latino I"},
		{in: "H", want: "hispanic_or_latino I"},
		{in: "2186-5", want: "not_hispanic_or_latino I"},
		{in: "38003563", want: "hispanic_or_latino I"},
		{in: "Unknown", want: "unknown I"},
		{in: "Declined", want: "declined I"},
		{in: "N", want: "N kept E"},
		{in: "y", want: "y kept E"},
		{in: "White", want: "White kept E"},
		// Words that the book's list leaves out.
		{in: "Hispanic/Latino", want: "hispanic_or_latino I"}, {in: "HISPANIC/LATINO - CUBAN", want: "hispanic_or_latino I"},
		{in: "Latina", want: "hispanic_or_latino I"}, {in: "Hispanic, Latino/a, or Spanish origin", want: "hispanic_or_latino I"},
		{in: "Not of Hispanic origin", want: "not_hispanic_or_latino I"}, {in: "Non-Latino", want: "not_hispanic_or_latino I"},
		{in: "not reported", want: "unknown I"}, {in: "Decline to answer", want: "declined I"}, {in: "1", want: "1 kept E"},
		{in: "Declined to answer", want: "null I asked-declined"},
	})
	c := column(t, "patient", "ethnicity", nil)
	c.Key = "hispanic"
	b := open(t, c)
	for in, want := range map[string]string{"N": "not_hispanic_or_latino I", "y": "hispanic_or_latino I", "R": "declined I", "NI": "unknown I", "UN": "unknown I",
		"1": "hispanic_or_latino I", "False": "not_hispanic_or_latino I", "OT": "OT kept E"} {
		if g := b.run(in); g.String() != want {
			t.Errorf("hispanic %q: got %q, want %q", in, g, want)
		}
	}
}

func TestMaritalStatuses(t *testing.T) {
	check(t, "patient", "marital_status", nil, []example{
		{in: "Single", want: "never_married I"},
		{in: "S", want: "never_married I"},
		{in: "A", want: "A kept E"},
		{in: "Widowed", want: "widowed I"},
		{in: "Separated", want: "separated I"},
		{in: "Never Married", want: "never_married I"},
		{in: "LEGALLY SEPARATED", want: "legally_separated I"},
		{in: "Common-Law", want: "common_law I"},
		{in: "Domestic Partner", want: "domestic_partner I"},
		{in: "I", want: "interlocutory I"},
		{in: "Unknown", want: "unknown I"},
		{in: "Declined", want: "declined I"},
		{in: "Other", want: "other I"},
		{in: "7", want: "7 kept E"},
		{in: "widow", want: "widowed I"}, {in: "Widower", want: "widowed I"}, {in: "Single, never married", want: "never_married I"},
		{in: "Domestic Partnership", want: "domestic_partner I"}, {in: "not reported", want: "unknown I"},
		{in: "Prefer not to answer", want: "declined I"},
		{in: "P", want: "P kept E"}, {in: "t", want: "t kept E"}, {in: "U", want: "U kept E"}, {in: "N", want: "N kept E"},
		{in: "E", want: "E kept E"}, {in: "L", want: "L kept E"}, {in: "B", want: "B kept E"},
	})
	coding := func(name string) *Params { return params(func(p *Params) { p.MaritalCoding = name }) }
	check(t, "patient", "marital_status", coding("v2"), []example{
		{in: "A", want: "separated I"}, {in: "P", want: "domestic_partner I"}, {in: "T", want: "unknown I"}, {in: "U", want: "unknown I"},
		{in: "N", want: "annulled I"}, {in: "E", want: "legally_separated I"}, {in: "B", want: "other W"}, {in: "L", want: "L kept E"},
		{in: "M", want: "married I"},
	})
	check(t, "patient", "marital_status", coding("v3"), []example{
		{in: "A", want: "annulled I"}, {in: "P", want: "other W"}, {in: "T", want: "domestic_partner I"}, {in: "U", want: "other W"},
		{in: "L", want: "legally_separated I"}, {in: "N", want: "N kept E"}, {in: "E", want: "E kept E"}, {in: "B", want: "B kept E"},
	})
}

func TestBloodTypes(t *testing.T) {
	examples := []example{
		{in: "AB Positive", want: "AB+ I"},
		{in: "o neg", want: "O- I"},
		{in: "0+", want: "O+ W"},
		{in: "A", want: "A kept W"},
		{in: "0", want: "0 kept W"},
		{in: "C+", want: "C+ kept E"},
		{in: "A-pos", want: "A+ I"},
		{in: "A_NEG", want: "A- I"},
		{in: "B Rh+", want: "B+ I"},
		{in: "ab rh -", want: "AB- I"},
		{in: "AB −", want: "AB- I"},
		{in: "Rh+", want: "Rh+ kept E"},
		{in: "Unknown", want: "null I unknown"},
		{in: "A Rh(D) positive", want: "A+ I"}, {in: "O+ve", want: "O+ I"}, {in: "B -ve", want: "B- I"}, {in: "AB, Rh negative", want: "AB- I"},
		{in: "Blood group O RhD positive", want: "O+ I"}, {in: "Group A", want: "Group A kept W"}, {in: "group", want: "group kept E"},
		{in: "278153001", want: "B- I"},
		{in: strings.Repeat("A", 100), want: strings.Repeat("A", 100) + " kept E"},
	}
	for i, out := range bloodGroups {
		examples = append(examples, example{in: out, want: out}, example{in: bloodConcepts[i], want: out + " I"})
	}
	check(t, "patient", "blood_type", nil, examples)
}

// TestTokensAreAccepted runs every token of an enum through its own rule (rule 0.8).
func TestTokensAreAccepted(t *testing.T) {
	tokens := map[string][]string{"gender": strings.Fields("male female other unknown"), "blood_type": bloodGroups[:],
		"race": raceTokens[1:], "ethnicity": strings.Fields("hispanic_or_latino not_hispanic_or_latino unknown declined")}
	for _, out := range maritalWords {
		tokens["marital_status"] = append(tokens["marital_status"], string(out))
	}
	for field, all := range tokens {
		for _, token := range all {
			if g := run(t, "patient", field, nil, token); g.Text != token || g.Outcome == "kept" {
				t.Errorf("%s %q: got %q", field, token, g)
			}
		}
	}
}
