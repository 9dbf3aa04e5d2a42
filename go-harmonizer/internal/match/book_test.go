package match

import (
	"math"
	"testing"
)

func TestJaroWinklerVectorsOfTheBook(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"MARTHA", "MARHTA", 0.9611}, {"DIXON", "DICKSONX", 0.8133}, {"DWAYNE", "DUANE", 0.84}, {"GONZALEZ", "GONZALES", 0.95}} {
		r := run(t, []Person{{First: c.a, Last: "Lee", Birth: "1980-02-03", SSN: "1"}, {First: c.b, Last: "Lee", Birth: "1980-02-03",
			SSN: "1"}}, Options{Model: Fixed})
		got := fieldNamed(t, only(t, r), "first_name").Similarity
		if math.Abs(got-c.want) > 0.00005 {
			t.Errorf("%s, %s: %.4f, want %.4f", c.a, c.b, got, c.want)
		}
	}
}

func TestExamplesOfTheBook(t *testing.T) {
	jon := Person{First: "Jon", Last: "Doe", Birth: "1980-02-03", Sex: "male", MRN: "00123456"}
	john := jon
	john.First = "John"
	pair := only(t, run(t, []Person{jon, john}, Options{}))
	if pair.Class != Match || pair.Pass != "A" || math.Abs(pair.Score-12.74) > 0.005 || pair.Threshold != 12.2 || pair.Reason != "" {
		t.Errorf("Jon and John: %+v", pair)
	}
	if f := fieldNamed(t, pair, "first_name"); math.Abs(f.Weight-6.39) > 0.005 || math.Abs(f.Similarity-0.9333) > 0.00005 || !f.Agrees {
		t.Errorf("the first name: %+v", f)
	}
	ann, zoe := Person{First: "Ann", Last: "Doe", Birth: "1980-02-03", Sex: "female", MRN: "123456"},
		Person{First: "Zoe", Last: "Roe", Birth: "1980-02-03", Sex: "female", MRN: "123456"}
	if r := run(t, []Person{ann, zoe}, Options{}); len(r.Pairs) != 0 || r.Compared != 1 {
		t.Errorf("Ann and Zoe: %+v", r)
	}
	twin := Person{First: "Ann", Last: "Doe", Birth: "2001-02-03", Address: "1 Main St", Zip: "02134", City: "Boston"}
	other := twin
	other.First = "Zoe"
	if pair := only(t, run(t, []Person{twin, other}, Options{})); pair.Class != Review || pair.Reason != vetoTwins {
		t.Errorf("twins: %+v", pair)
	}
}

// base is a person with all that the passes need.
var base = Person{First: "Jonathan", Last: "Fernandez", Birth: "1980-02-03", Sex: "male", MRN: "123456", Address: "12 Main Street",
	City: "Boston", State: "MA", Zip: "02134", Phone: "+16175550100"}

// but returns base with changes.
func but(change func(p *Person)) Person {
	p := base
	change(&p)
	return p
}

func TestFixedModel(t *testing.T) {
	none := Class(0)
	for _, c := range []struct {
		name   string
		a, b   Person
		class  Class
		pass   string
		reason string
	}{
		{"all the same", base, base, Match, "A", ""},
		{"no MRN", but(func(p *Person) { p.MRN = "" }), base, Match, "B", ""},
		{"no MRN, no sex", but(func(p *Person) { p.MRN, p.Sex = "", "" }), base, Match, "C", ""},
		{"a short MRN", but(func(p *Person) { p.MRN = "12" }), but(func(p *Person) { p.MRN = "12" }), Match, "A", ""},
		{"another sex: pass C needs none", but(func(p *Person) { p.Sex = "female" }), base, Match, "C", ""},
		{"names swapped", but(func(p *Person) { p.First, p.Last = p.Last, p.First }), base, Match, "C", ""},
		{"case and accents", but(func(p *Person) { p.First, p.Last = "JONATHÁN", "fernández" }), base, Match, "A", ""},
		{"two fields only", Person{Last: "Fernandez", Birth: base.Birth}, Person{Last: "Fernandez", Birth: base.Birth}, Review, "C",
			fewFields},
		{"no name", Person{Birth: base.Birth, Address: base.Address, Zip: base.Zip}, Person{Birth: base.Birth, Address: base.Address,
			Zip: base.Zip}, Review, "C", noName},
		{"names only", Person{First: "Jonathan", Last: "Fernandez"}, Person{First: "Jonathan", Last: "Fernandez"}, Review, "C",
			belowMatch},
		{"telephone and names", Person{First: "Jonathan", Last: "Fernandez", Phone: "1234567"},
			Person{First: "Jonathan", Last: "Fernandez", Phone: "1234567"}, Review, "C", belowMatch},
		{"telephone alone", Person{First: "Al", Last: "Roe", Phone: "1234567"}, Person{First: "Bo", Last: "Coe", Phone: "1234567"}, none,
			"", ""},
		{"two valid SSNs", but(func(p *Person) { p.SSN, p.SSNValid = "123-45-6789", true }),
			but(func(p *Person) { p.SSN, p.SSNValid = "123-45-6780", true }), Review, "A", vetoSSN},
		{"an SSN that is kept", but(func(p *Person) { p.SSN = "12345678" }),
			but(func(p *Person) { p.SSN, p.SSNValid = "123-45-6780", true }), Match, "A", ""},
		{"father and son by suffix", but(func(p *Person) { p.Suffix = "Sr" }), but(func(p *Person) { p.Suffix = "Jr." }), Review, "A",
			vetoSuffix},
		{"one suffix", but(func(p *Person) { p.Suffix = "Jr" }), base, Match, "A", ""},
		{"father and son by birth date", but(func(p *Person) { p.Birth = "1952-07-19" }), base, Review, "C", cutBirths},
		{"the same with an SSN in common", but(func(p *Person) { p.Birth, p.SSN, p.SSNValid = "1952-07-19", "123-45-6789", true }),
			but(func(p *Person) { p.SSN, p.SSNValid = "123-45-6789", true }), Match, "C", ""},
		{"twins with one SSN", but(func(p *Person) { p.First, p.SSN = "Zoe", "123-45-6789" }),
			but(func(p *Person) { p.SSN = "123-45-6789" }), Match, "C", ""},
		{"a typo in the birth date", but(func(p *Person) { p.Birth = "1980-02-04" }), base, Match, "B", ""},
		{"a year", but(func(p *Person) { p.Birth = "1980" }), base, Match, "C", ""},
		{"another year", but(func(p *Person) { p.Birth = "1981" }), base, Review, "C", cutBirths},
		{"nothing", Person{}, Person{}, none, "", ""},
	} {
		r := run(t, []Person{c.a, c.b}, Options{Model: Fixed})
		if c.class == none {
			if len(r.Pairs) != 0 {
				t.Errorf("%s: %+v", c.name, r.Pairs)
			}
			continue
		}
		pair := only(t, r)
		if pair.Class != c.class || pair.Pass != c.pass || pair.Reason != c.reason {
			t.Errorf("%s: class %d, pass %s, reason %q", c.name, pair.Class, pair.Pass, pair.Reason)
		}
		if (len(r.Clusters) == 1) != (c.class == Match) {
			t.Errorf("%s: clusters %v", c.name, r.Clusters)
		}
	}
}

func only(t *testing.T, r *Result) Pair {
	t.Helper()
	if len(r.Pairs) != 1 {
		t.Fatalf("%d pairs, want 1", len(r.Pairs))
	}
	return r.Pairs[0]
}

func fieldNamed(t *testing.T, p Pair, name string) Field {
	t.Helper()
	for _, f := range p.Fields {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no field %s in %+v", name, p)
	return Field{}
}
