package matchtest

import (
	"fmt"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
)

// How often a source does not know a field.
const (
	noMRN, noSSN, noPhone, noAddress, noBirth, noSex, noFirst, noSuffix = 0.20, 0.50, 0.20, 0.05, 0.02, 0.03, 0.01, 0.20
)

// record makes what a source tells of a person. A second source has its own numbers, errors and times.
func (g *generator) record(p person, second bool) match.Person {
	if second {
		g.live(&p)
	}
	r := match.Person{First: p.first, Last: p.last, Suffix: p.suffix, Sex: "male", Birth: g.birth(p), Address: p.place.address,
		City: p.place.city, State: p.place.state, Zip: p.place.zip, Phone: p.phone, MRN: fmt.Sprint(p.mrn), SSNValid: true,
		SSN: fmt.Sprintf("%03d-%02d-%04d", p.ssn/1_000_000, p.ssn/10_000%100, p.ssn%10_000)}
	if p.female {
		r.Sex = "female"
	}
	if second && g.chance(0.4) {
		r.MRN = fmt.Sprint(g.IntN(90_000_000) + 10_000_000)
	}
	if second {
		for range 1 + g.IntN(2) {
			g.spoil(&r)
		}
	}
	g.forget(&r)
	return r
}

func (g *generator) birth(p person) string {
	if p.yearOnly {
		return fmt.Sprintf("%04d", p.year)
	}
	return fmt.Sprintf("%04d-%02d-%02d", p.year, p.month, p.day)
}

// live lets time pass for a person.
func (g *generator) live(p *person) {
	if g.chance(0.20) {
		p.place = g.place()
		if g.chance(0.5) {
			p.phone = g.phone()
		}
	}
	if g.chance(0.10) {
		p.phone = g.phone()
	}
	if p.female && g.chance(0.06) {
		p.last = g.lastName(Plain)
	}
}

// forget leaves out what the source does not know.
func (g *generator) forget(r *match.Person) {
	for _, f := range []struct {
		text *string
		p    float64
	}{{&r.MRN, noMRN}, {&r.SSN, noSSN}, {&r.Phone, noPhone}, {&r.Birth, noBirth}, {&r.Sex, noSex}, {&r.First, noFirst},
		{&r.Suffix, noSuffix}} {
		if g.chance(f.p) {
			*f.text = ""
		}
	}
	if g.chance(noAddress) {
		r.Address, r.City, r.State, r.Zip = "", "", "", ""
	}
	r.SSNValid = r.SSN != ""
}

// spoil makes one error of those that people make.
func (g *generator) spoil(r *match.Person) {
	switch g.IntN(13) {
	case 0, 1:
		r.First = g.typo(r.First)
	case 2, 3:
		r.Last = g.typo(r.Last)
	case 4:
		if short := shortForms[r.First]; short != nil {
			r.First = pick(g, short)
		}
	case 5:
		r.Address = g.typo(r.Address)
	case 6:
		r.City = g.typo(r.City)
	case 7:
		r.Zip = g.typoDigit(r.Zip)
	case 8:
		if g.chance(0.4) {
			r.First, r.Last = r.Last, r.First
		}
	case 9:
		r.Birth = g.mistakenBirth(r.Birth)
	case 10:
		r.Phone = g.typoDigit(r.Phone)
	case 11:
		r.First = r.First[:1]
	case 12:
		r.City = ""
	}
}

// mistakenBirth has a digit wrong, or day and month swapped; it stays a date.
func (g *generator) mistakenBirth(text string) string {
	if len(text) != 10 {
		return text
	}
	if month, day := text[5:7], text[8:]; day <= "12" && g.chance(0.5) {
		return text[:5] + day + "-" + month
	}
	return text[:9] + string('1'+byte(g.IntN(8)))
}
