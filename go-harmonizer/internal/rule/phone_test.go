package rule

import (
	"os"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestPhones(t *testing.T) {
	check(t, "patient", "phone", nil, []example{
		{in: "(340) 675-6948", want: "+13406756948 W"},
		{in: "405.901.4744 x12", want: "+14059014744 I"},
		{in: "3568246535", want: "+13568246535 W"},
		{in: "555-1234", want: "555-1234 kept E"},
		{in: "+44 20 7946 0958", want: "+442079460958 I"},
		{in: "0000000000", want: "null W unknown"},
		{in: "(999) 999-9999", want: "null W unknown"},
		{in: "777-7777", want: "null W unknown"},
		{in: "+1 555 555 5555", want: "null W unknown"},
		{in: "1-555-555-5555", want: "null W unknown"},
		{in: "1-800-FLOWERS", want: "+18003569377 I"},
		{in: "011 44 20 7946 0958", want: "+442079460958 I"},
		{in: "N/A", want: "null I unknown"},
		{in: "not a number", want: "not a number kept E"},
		{in: "405-901-4744 / 405-901-4745", want: "405-901-4744 / 405-901-4745 kept E"},
		{in: "４０５.901.4744", want: "+14059014744 I"},
		{in: "405–901–4744", want: "+14059014744 I"},
		{in: "12", want: "12 kept E"},
		{in: "911", want: "911 kept E"},
		{in: "+14059014744", want: "+14059014744"},
		{in: "020 7946 0958", want: "+442079460958 I", peers: []string{"country=GB"}},
		{in: "020 7946 0958", want: "020 7946 0958 kept E"},
		{in: "405 901 4744", want: "+14059014744 I", peers: []string{"country=CA"}},
		{in: "+999 1234567", want: "+999 1234567 kept E"},
		{in: strings.Repeat("4", 65) + "5", want: strings.Repeat("4", 65) + "5 kept E"},
		{in: "", want: "null"},
	})
	check(t, "patient", "phone", params(func(p *Params) { p.DefaultCountry = "GB" }), []example{
		{in: "020 7946 0958", want: "+442079460958 I"},
	})
}

func TestPhoneExtension(t *testing.T) {
	for in, want := range map[string]string{"405.901.4744 x12": "12", "405-901-4744 ext. 007": "007", "+1 405 901 4744;ext=9": "9",
		"405-901-4744": "", "340-675-6948 x5": "5"} {
		if got := run(t, "patient", "phone", nil, in).Derived["phone_ext"]; got != want {
			t.Errorf("%q: extension %q, want %q", in, got, want)
		}
	}
}

// TestPhonesTwice reads an example number of every kind of every country, as it is dialled at home and from abroad, and its output again.
func TestPhonesTwice(t *testing.T) {
	c := column(t, "patient", "phone", nil)
	b := open(t, c)
	n := 0
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			n++
			want := phonenumbers.Format(example, phonenumbers.E164)
			for _, form := range []phonenumbers.PhoneNumberFormat{phonenumbers.NATIONAL, phonenumbers.INTERNATIONAL, phonenumbers.E164} {
				g := b.run(phonenumbers.Format(example, form), "country="+region)
				if g.Text != want {
					t.Logf("%s kind %d: %q, want %s", region, kind, g, want)
				}
				if second := b.run(g.Text, "country="+region); second.Text != g.Text || g.Outcome == "kept" && second.Outcome != "kept" {
					t.Errorf("%s: %s became %s the second time", region, g.Text, second)
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d examples", n)
	}
}

// TestPhoneAnswers compares with E.164 answers of libphonenumber.
func TestPhoneAnswers(t *testing.T) {
	for _, row := range sharedRows(t, "phones/us_ca.csv")[1:] {
		region, input, want, valid := row[0], row[3], row[4], row[5] == "valid"
		if !valid {
			want = input // Not even possible.
		}
		g := run(t, "patient", "phone", nil, input, "country="+region)
		if g.Text != want || valid == (g.Severity == "E" || g.Severity == "W") {
			t.Errorf("%s %q: got %q, want %s, valid %v", region, input, g, want, valid)
		}
	}
}

// TestPhoneMetadata holds the version of the numbering plans to the library they come with.
func TestPhoneMetadata(t *testing.T) {
	text, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "github.com/nyaruka/phonenumbers "+phoneLibrary+" ") &&
		!strings.Contains(string(text), "github.com/nyaruka/phonenumbers "+phoneLibrary+"\n") {
		t.Errorf("go.mod has another version than %s: look up the metadata of that one in its CHANGELOG", phoneLibrary)
	}
}

func FuzzPhone(f *testing.F) {
	for _, seed := range []string{"(340) 675-6948", "405.901.4744 x12", "+44 20 7946 0958", "tel:+1-506-234-5678;ext=3", "00 39 06 1234"} {
		f.Add(seed, "US")
		f.Add(seed, "IT")
	}
	f.Fuzz(func(t *testing.T, text, country string) {
		b := open(t, column(t, "patient", "phone", nil))
		g := b.run(text, "country="+country)
		if second := b.run(g.Text, "country="+country); second.Text != g.Text {
			t.Errorf("%q in %q became %q, then %q", text, country, g.Text, second)
		}
	})
}

func BenchmarkPhone(b *testing.B) {
	c := open(b, column(b, "patient", "phone", nil))
	text, peers := []byte("(405) 901-4744"), c.nulls()
	b.ReportAllocs()
	for b.Loop() {
		c.arena.Reset()
		c.eval.Eval(text, peers, nil, &c.arena)
	}
}

func BenchmarkName(b *testing.B) {
	c := open(b, column(b, "patient", "last_name", nil))
	text := []byte("GARCIA-LOPEZ")
	b.ReportAllocs()
	for b.Loop() {
		c.arena.Reset()
		c.eval.Eval(text, nil, nil, &c.arena)
	}
}

// nulls are the peers of a record that has nothing else.
func (b *bench) nulls() []*record.Value {
	peers := make([]*record.Value, len(b.chain.Peers()))
	for i := range peers {
		peers[i] = record.Null
	}
	return peers
}
