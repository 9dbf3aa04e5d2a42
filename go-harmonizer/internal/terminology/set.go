// Package terminology holds which codes the code systems of a user's own releases have: LOINC, SNOMED CT, RxNorm, ICD-9-CM,
// ICD-10-CM, the National Drug Code Directory, and whatever a plain list names. It keeps codes and whether they are active,
// and none of their descriptions.
package terminology

import (
	"bytes"
	"slices"
	"strings"
)

// The systems that a release can be read of. Plain lists may name others.
const (
	LOINC  = "LOINC"
	SNOMED = "SNOMED"
	RxNorm = "RXNORM"
	ICD10  = "ICD-10-CM"
	ICD9   = "ICD-9-CM"
	NDC    = "NDC"
)

// Set is the code systems that were loaded. It does not change, and may be read by many goroutines. The nil Set has none.
type Set struct {
	tables map[string]*Table
	notes  []string
}

// Info says where a code system comes from, for people and manifests.
type Info struct {
	// Version is what the release calls itself; empty where it does not say. Of several files, all of them.
	Version string `json:"version"`
	// Count is the number of codes, headings of ICD and inactive ones included.
	Count int `json:"count"`
	// Inactive is the number of codes that are not to be used any more.
	Inactive int `json:"inactive"`
	// SHA256 is that of the file in hex; of several, that of their hex digests in the order of Files, a line each.
	SHA256 string `json:"sha256"`
	// Files are the files it was read from, relative to the directory, the oldest release first.
	Files []string `json:"files"`
}

// Table is the codes of one system. The nil Table is one that was not loaded.
type Table struct {
	form form
	keys []uint64        // sorted; a packed code, then one bit: it is active
	long map[string]bool // codes that cannot be packed, and whether they are active
	// extensions are the namespaces of SNOMED CT's extensions that have a concept here.
	extensions map[uint64]bool
	info       Info
}

// Table returns the codes of a system by its name here, or one of the names that Name knows; nil when it was not loaded.
func (s *Set) Table(system string) *Table {
	if s == nil {
		return nil
	}
	if t := s.tables[system]; t != nil || forms[system] != anyForm {
		return t
	}
	return s.tables[Name(system)]
}

// Lookup tells whether a system was loaded, whether it has the code, written as the system writes it (ICD with its point, NDC
// as 11 digits), and whether the code is still to be used. It does not allocate for the systems that are named here.
func (s *Set) Lookup(system string, code []byte) (known, active, loaded bool) {
	t := s.Table(system)
	known, active = t.Lookup(code)
	return known, active, t != nil
}

// Lookup tells whether the table has the code, and whether it is still to be used. A nil table has none.
func (t *Table) Lookup(code []byte) (known, active bool) {
	var room [codeMost]byte
	if t == nil || len(code) > codeMost {
		return false, false
	}
	if written, ok := t.form.write(room[:0], code); !ok || !bytes.Equal(written, code) {
		return false, false
	}
	key, ok := pack(code, t.form.mark())
	if !ok {
		active, known = t.long[string(code)]
		return known, active
	}
	i, _ := slices.BinarySearch(t.keys, key<<1)
	known = i < len(t.keys) && t.keys[i]>>1 == key
	return known, known && t.keys[i]&1 == 1
}

// Manifest returns what was loaded by the name of the system, nil when nothing was.
func (s *Set) Manifest() map[string]Info {
	if s == nil {
		return nil
	}
	all := make(map[string]Info, len(s.tables))
	for name, t := range s.tables {
		all[name] = t.info
	}
	return all
}

// Notes are remarks about files that were left aside, for people.
func (s *Set) Notes() []string {
	if s == nil {
		return nil
	}
	return s.notes
}

// names are other names of the systems, in capitals and without anything but letters and digits.
var names = map[string]string{
	"LN": LOINC, "HTTPLOINCORG": LOINC, "SNOMEDCT": SNOMED, "SNOMEDCTUS": SNOMED, "SCT": SNOMED, "HTTPSNOMEDINFOSCT": SNOMED,
	"RXCUI": RxNorm, "ICD10CM": ICD10, "ICD10": ICD10, "ICD9CM": ICD9, "ICD9": ICD9,
	"HTTPWWWNLMNIHGOVRESEARCHUMLSRXNORM": RxNorm, "HTTPHL7ORGFHIRSIDICD10CM": ICD10, "HTTPHL7ORGFHIRSIDICD9CM": ICD9,
	"HTTPHL7ORGFHIRSIDNDC": NDC,
}

// Name returns the name here of a system: one of the constants, or the name as given, in capitals and without space around it.
func Name(system string) string {
	system = strings.ToUpper(strings.TrimSpace(system))
	plain := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, system)
	if name, ok := names[plain]; ok {
		return name
	}
	return system
}
