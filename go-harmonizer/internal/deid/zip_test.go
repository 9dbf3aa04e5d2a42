package deid

import (
	"strings"
	"testing"
)

// The list of the rule book, which is that of the guidance.
func TestZIPList(t *testing.T) {
	const list = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893"
	want := strings.Fields(list)
	if len(zips().small) != len(want) || ZIPVersion() != "2000-census" {
		t.Errorf("%d areas of version %q", len(zips().small), ZIPVersion())
	}
	for _, area := range want {
		if f := standardize(t, "patient", false, []string{"postal_code"}, []string{area + "01"}).apply(testKey); f.one("postal_code") != "000" {
			t.Errorf("%s01 became %s", area, f.one("postal_code"))
		}
	}
}

// What was a prefix stays one; three digits in a file of others are no prefix.
func TestPrefixesOfHarmonizedFiles(t *testing.T) {
	for _, c := range []struct {
		text, want string
		harmonized bool
	}{{"021", "021", true}, {"000", "000", true}, {"036", "null", true}, {"021", "null", false}} {
		f := standardize(t, "patient", c.harmonized, []string{"postal_code", "record_no", "record_status"}, []string{c.text, "1", "ok"})
		if got := f.apply(testKey).one("postal_code"); got != c.want {
			t.Errorf("%s, harmonized %v: %s", c.text, c.harmonized, got)
		}
	}
}
