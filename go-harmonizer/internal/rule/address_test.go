package rule

import (
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestCountries(t *testing.T) {
	check(t, "patient", "country", nil, []example{
		{in: "USA", want: "US I"}, {in: "U.S.", want: "US I"}, {in: "u.s.a.", want: "US I"}, {in: "United States of America", want: "US I"},
		{in: "us", want: "US I"}, {in: "UK", want: "GB I"}, {in: "NA", want: "NA"}, {in: "Namibia", want: "NA I"},
		{in: "Korea, Republic of", want: "KR I"}, {in: "Côte d’Ivoire", want: "CI I"}, {in: "COTE D'IVOIRE", want: "CI I"},
		{in: "Trinidad and Tobago", want: "TT I"}, {in: "Saint Kitts and Nevis", want: "KN I"}, {in: "Türkiye", want: "TR I"},
		{in: "Viet Nam", want: "VN I"}, {in: "Swaziland", want: "SZ I"}, {in: "Georgia", want: "GE I"},
		{in: "Korea", want: "Korea kept E"}, {in: "Atlantis", want: "Atlantis kept E"}, {in: "840", want: "840 kept E"}, {in: "", want: "null"},
	})
}

func TestCountryTable(t *testing.T) {
	b := open(t, column(t, "patient", "country", nil))
	rows := tableLines(countryTable, 3)
	if len(rows) != 249 {
		t.Errorf("%d countries, want the 249 of ISO 3166-1", len(rows))
	}
	for _, row := range rows {
		for _, text := range append(strings.Split(row[2], ";"), row[0], row[1], strings.ToLower(row[0])) {
			if g := b.run(text); g.Text != row[0] || g.Outcome == "kept" {
				t.Errorf("%q: got %q, want %s", text, g, row[0])
			}
		}
	}
}

func TestStates(t *testing.T) {
	check(t, "patient", "state", nil, []example{
		{in: "new york", want: "NY I"}, {in: "N.Y.", want: "NY I"}, {in: "Tex.", want: "TX I"}, {in: "06", want: "CA W"}, {in: "XX", want: "XX kept E"},
		{in: "D.C.", want: "DC I"}, {in: "Washington, D.C.", want: "DC I"}, {in: "Washington", want: "WA I"}, {in: "W. Va.", want: "WV I"},
		{in: "ca", want: "CA I"}, {in: "6", want: "6 kept E"}, {in: "03", want: "03 kept E"}, {in: "06.0", want: "CA W"}, {in: "qld", want: "qld kept E"},
		{in: "Ontario", want: "Ontario kept I", peers: []string{"country=CA"}},
		{in: "NY", want: "NY", peers: []string{"country=US"}},
		{in: "06", want: "06 kept I", peers: []string{"country=CA"}},
		{in: "", want: "null"},
	})
	check(t, "patient", "state", params(func(p *Params) { p.DefaultCountry = "AU" }), []example{
		{in: "qld", want: "qld kept I"}, {in: "tx", want: "TX I", peers: []string{"country=US"}},
	})
}

func TestStateTable(t *testing.T) {
	b := open(t, column(t, "patient", "state", nil))
	rows := tableLines(stateTable, 3)
	if len(rows) != 63 {
		t.Errorf("%d rows, want 50 states, DC, 6 territories, 3 associated states and 3 of the armed forces", len(rows))
	}
	for _, row := range rows {
		texts := append(strings.Split(row[2], ";"), row[0], strings.ToLower(row[0]), row[0][:1]+"."+row[0][1:]+".")
		for _, text := range texts {
			if g := b.run(text); g.Text != row[0] || g.Outcome == "kept" || g.Severity == "W" {
				t.Errorf("%q: got %q, want %s", text, g, row[0])
			}
		}
		if row[1] != "" {
			if g := b.run(row[1]); g.String() != row[0]+" W" {
				t.Errorf("%q: got %q, want %s", row[1], g, row[0])
			}
		}
		if zips := zipPrefixes()[row[0]]; (zips == nil) != (row[0] == "UM") {
			t.Errorf("%s has prefixes: %v", row[0], zips != nil)
		}
	}
}

// runKept evaluates a cell beside a country that was kept because nobody knows it.
func runKept(t *testing.T, field, text string) got {
	t.Helper()
	b := open(t, column(t, "patient", field, nil))
	peers := make([]*record.Value, len(b.chain.Peers()))
	for i := range peers {
		peers[i] = &record.Value{Text: []byte("Atlantis"), Outcome: record.Kept}
	}
	return gotOf(b.eval.Eval([]byte(text), peers, nil, &b.arena), b.chain.Derives())
}

func TestUnknownCountry(t *testing.T) {
	for _, c := range []struct{ field, in, want string }{
		{"state", "Texas", "Texas kept I"}, {"postal_code", "ab12", "AB12 I"}, {"postal_code", "2134", "2134 kept I"},
		{"phone", "405-901-4744", "405-901-4744 kept E"}, {"phone", "+1 405 901 4744", "+14059014744 I"},
	} {
		if g := runKept(t, c.field, c.in); g.String() != c.want {
			t.Errorf("%s %q: got %q, want %q", c.field, c.in, g, c.want)
		}
	}
}

func TestZIPs(t *testing.T) {
	ma, pr, tx := []string{"state=MA"}, []string{"state=PR"}, []string{"state=TX"}
	check(t, "patient", "postal_code", nil, []example{
		{in: "021341234", want: "02134-1234 I"},
		{in: "02134-1234", want: "02134-1234"},
		{in: "02134", want: "02134", peers: ma},
		{in: "2134", want: "02134 W", peers: ma},
		{in: "2134.0", want: "02134 W", peers: ma},
		{in: "2134", want: "2134 kept E"},
		{in: "2134", want: "2134 kept E", peers: tx},
		{in: "33506", want: "33506 kept W", peers: tx},
		{in: "335061234", want: "33506-1234 W", peers: tx},
		{in: "ABCDE", want: "ABCDE kept E"},
		{in: "926", want: "00926 W", peers: pr},
		{in: "0926", want: "00926 W", peers: pr},
		{in: "802", want: "00802 W", peers: []string{"state=VI"}},
		{in: "926", want: "926 kept E", peers: ma},
		{in: "501", want: "501 kept E", peers: []string{"state=NY"}},
		{in: "02134-0000", want: "02134 W", peers: ma},
		{in: "021340000", want: "02134 W"},
		{in: "00000", want: "null W unknown"}, {in: "99999", want: "null W unknown"},
		{in: "00000-0000", want: "null W unknown"}, {in: "999999999", want: "null W unknown"},
		{in: "99999-1234", want: "99999-1234"},
		{in: "02134 1234", want: "02134 1234 kept E"}, {in: "02134-", want: "02134- kept E"}, {in: "02134-12", want: "02134-12 kept E"},
		{in: "12", want: "12 kept E"}, {in: "123456", want: "123456 kept E"}, {in: "12345678", want: "12345678 kept E"},
		{in: "1.23E+11", want: "1.23E+11 kept E"},
		{in: "02134", want: "02134", peers: []string{"state=XX"}},
		{in: "96799", want: "96799", peers: []string{"state=AS"}},
		{in: "12345", want: "12345", peers: []string{"state=UM"}},
		{in: "k1a 0b1", want: "K1A 0B1 I", peers: []string{"country=CA"}},
		{in: "K1A 0B1", want: "K1A 0B1 kept I", peers: []string{"country=CA"}},
		{in: "00000", want: "00000 kept I", peers: []string{"country=DE"}},
		{in: "2000.0", want: "2000 kept W", peers: []string{"country=AU"}},
		{in: "", want: "null"},
	})
	g := run(t, "patient", "postal_code", nil, "335061234", tx...)
	if got := strings.Join(g.Rules, " "); got != "STD-ZIP-1 VAL-ZIP-2" {
		t.Errorf("rules %q", got)
	}
	for text, want := range map[string]string{"2134": "VAL-ZIP-1", "ABCDE": "VAL-ZIP-1", "00000": "NULL-2"} {
		if g := run(t, "patient", "postal_code", nil, text); strings.Join(g.Rules, " ") != want {
			t.Errorf("%q: rules %q, want %s", text, g.Rules, want)
		}
	}
}

func TestLanguages(t *testing.T) {
	check(t, "patient", "language", nil, []example{
		{in: "ASL", want: "ase W"}, {in: "Spanish; Castilian", want: "es I"}, {in: "Spanish; English", want: "Spanish; English kept W"},
		{in: "English", want: "en I"}, {in: "SPA", want: "es I"}, {in: "?", want: "null I unknown"}, {in: "Klingonese", want: "Klingonese kept W"},
		{in: "en-us", want: "en-US I"}, {in: "EN_us", want: "en-US I"}, {in: "zh-hant-tw", want: "zh-Hant-TW I"}, {in: "fre", want: "fr I"},
		{in: "fra", want: "fr I"}, {in: "ger-at", want: "de-AT I"}, {in: "spa-mx", want: "es-MX I"}, {in: "tl", want: "tl"}, {in: "Tagalog", want: "tl I"},
		{in: "Filipino", want: "fil I"}, {in: "Mandarin", want: "cmn I"}, {in: "Chinese", want: "zh I"}, {in: "Haitian Creole", want: "ht I"},
		{in: "American Sign Language", want: "ase I"}, {in: "Norwegian", want: "no I"}, {in: "Volapük", want: "vo I"}, {in: "iw", want: "he I"},
		{in: "ga", want: "ga"}, {in: "yue", want: "yue"}, {in: "ber", want: "ber"}, {in: "i-klingon", want: "tlh I"}, {in: "xyz", want: "xyz kept W"},
		{in: "Other", want: "Other kept W"}, {in: "en-", want: "en I"}, {in: "e", want: "e kept W"}, {in: "und", want: "und"},
		{in: "en-US-x-home", want: "en-US-x-home"}, {in: "unknown", want: "null I unknown"},
		{in: "Nauru", want: "na I"}, {in: "na", want: "null I unknown"}, {in: "Min Nan Chinese", want: "nan I"},
		{in: strings.Repeat("en-", 50) + "us", want: strings.Repeat("en-", 50) + "us kept W"},
	})
}

func TestLanguageTable(t *testing.T) {
	b := open(t, column(t, "patient", "language", nil))
	for _, row := range tableLines(languageTable, 3) {
		for _, text := range strings.Split(row[0]+";"+row[1]+";"+row[2], ";") {
			if g := b.run(text); text != "" && !IsMissing([]byte(text)) && (g.Text != row[0] || g.Outcome == "kept") {
				t.Errorf("%q: got %q, want %s", text, g, row[0])
			}
		}
	}
}

func TestEmails(t *testing.T) {
	check(t, "patient", "email", nil, []example{
		{in: "Jane.Doe@Example.COM", want: "jane.doe@example.com I"},
		{in: "jane@example", want: "jane@example kept E"},
		{in: "jane@@x.com", want: "jane@@x.com kept E"},
		{in: "a@x.org; b@x.org", want: "a@x.org W"},
		{in: "a@x.org,b@x.org", want: "a@x.org W"},
		{in: "a@x.org;", want: "a@x.org I"},
		{in: "bad; b@x.org", want: "bad; b@x.org kept E"},
		{in: "mailto:a@x.org", want: "a@x.org I"},
		{in: "<MAILTO:a@x.org>", want: "a@x.org I"},
		{in: "Jane <a@x.org>", want: "Jane <a@x.org> kept E"},
		{in: "test@x.org", want: "test@x.org W"},
		{in: "NoEmail@x.org", want: "noemail@x.org W"},
		{in: "none@none.com", want: "none@none.com W"},
		{in: "tester@x.org", want: "tester@x.org"},
		{in: "a..b@x.org", want: "a..b@x.org kept E"},
		{in: "a@x..org", want: "a@x..org kept E"},
		{in: "a@x.org.", want: "a@x.org. kept E"},
		{in: "a@-x.org", want: "a@-x.org kept E"},
		{in: "a@x-.org", want: "a@x-.org kept E"},
		{in: ".a+b/c@x-y.org", want: ".a+b/c@x-y.org"},
		{in: "é@x.org", want: "é@x.org kept E"},
		{in: "a b@x.org", want: "a b@x.org kept E"},
		{in: "@x.org", want: "@x.org kept E"},
		{in: ";", want: "; kept E"},
		{in: strings.Repeat("a", 64) + "@x.org", want: strings.Repeat("a", 64) + "@x.org"},
		{in: strings.Repeat("a", 65) + "@x.org", want: strings.Repeat("a", 65) + "@x.org kept E"},
		{in: "a@" + strings.Repeat("b", 63) + ".org", want: "a@" + strings.Repeat("b", 63) + ".org"},
		{in: "a@" + strings.Repeat("b", 64) + ".org", want: "a@" + strings.Repeat("b", 64) + ".org kept E"},
		{in: "a@" + strings.Repeat("b.", 126), want: "a@" + strings.Repeat("b.", 126) + " kept E"},
		{in: "a@" + strings.Repeat("b.", 125) + "bb", want: "a@" + strings.Repeat("b.", 125) + "bb"},
		{in: "a@" + strings.Repeat("b.", 125) + "bbb", want: "a@" + strings.Repeat("b.", 125) + "bbb kept E"},
		{in: "", want: "null"},
	})
}
