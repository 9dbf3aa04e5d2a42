package rule

import (
	"math/bits"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// system is a code system of rule STD-CODE-1.
type system uint8

const (
	loincCodes system = iota
	snomedCodes
	icd10Codes
	icd9Codes
	noSystem
)

var systemTokens = [noSystem][]byte{[]byte("LOINC"), []byte("SNOMED"), []byte("ICD-10-CM"), []byte("ICD-9-CM")}

// systemInferred are the messages for a system that nothing but the code names.
var systemInferred = [noSystem]string{"the code's shape says LOINC", "the code's shape says SNOMED", "the code's shape says ICD-10-CM",
	"the code's shape says ICD-9-CM"}

// systemWords are the names of the systems: words, the versions of MIMIC's icd_version and PCORnet's DX_TYPE, HL7 table 0396, the
// URIs of FHIR and the OIDs of the HL7 registry. ICD-10 of the WHO, which FHIR calls icd-10, is another system.
var systemWords = [noSystem][]string{
	loincCodes:  {"LOINC", "LN", "http://loinc.org", "2.16.840.1.113883.6.1"},
	snomedCodes: {"SNOMED", "SNOMED CT", "SNOMEDCT", "SNOMEDCT_US", "SCT", "SM", "http://snomed.info/sct", "2.16.840.1.113883.6.96"},
	icd10Codes: {"10", "ICD10", "ICD-10-CM", "I10", "I10C", "ICD-10-CM diagnosis", "http://hl7.org/fhir/sid/icd-10-cm",
		"2.16.840.1.113883.6.90"},
	icd9Codes: {"9", "09", "ICD9", "ICD-9-CM", "I9", "I9C", "I9CDX", "ICD-9-CM diagnosis", "http://hl7.org/fhir/sid/icd-9-cm",
		"2.16.840.1.113883.6.103"},
}

var systemKeys = sync.OnceValue(func() map[string]system {
	keys := map[string]system{}
	for s, words := range systemWords {
		for _, w := range words {
			keys[string(enumKey(nil, []byte(w)))] = system(s)
		}
	}
	return keys
})

// systemNamed reads the name of a system.
func systemNamed(c *Cell, text []byte) system {
	name := cutPrefixes(text, "urn:oid:")
	if s, ok := systemKeys()[string(enumKey(c.Bytes(len(name)), name))]; ok {
		return s
	}
	return noSystem
}

// standardizeSystems is rule STD-CODE-1 for code_system.
func standardizeSystems(c *Cell) {
	s := systemNamed(c, c.Text)
	if s == noSystem {
		if sheetDamage(c) {
			return
		}
		s = systemNamed(c, c.Text)
	}
	if s == noSystem {
		c.Keep("STD-CODE-1", record.Error, "not a known code system: its code was not tested")
		return
	}
	c.Set("STD-CODE-1", systemTokens[s])
}

// systemSet is a set of systems.
type systemSet uint8

func (s systemSet) has(one system) bool { return s&(1<<one) != 0 }

// only returns the system of a set of one.
func (s systemSet) only() system {
	if s == 0 || s&(s-1) != 0 {
		return noSystem
	}
	return system(bits.TrailingZeros8(uint8(s)))
}

// systemsOf are the systems whose codes look like the text.
func systemsOf(text []byte) systemSet {
	var set systemSet
	for s := range noSystem {
		if s.accepts(text) {
			set |= 1 << s
		}
	}
	return set
}

func (s system) accepts(text []byte) bool {
	switch s {
	case loincCodes:
		return isLOINC(cutPrefixes(text, "loinc:"))
	case snomedCodes:
		return sctKindOf(text) != sctNone
	case icd10Codes, icd9Codes:
		var buf [icdRoom]byte
		_, ok := icdOf(buf[:0], text, s)
		return ok
	}
	return false
}
