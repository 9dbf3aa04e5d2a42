package rule

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/terminology"
)

// membership is what a rule says of codes that have the shape of a system, once the system's codes are loaded.
type membership struct {
	system, rule     string
	severity         record.Severity // of a code that the system does not have
	unknown, retired string
}

var (
	memberships = [noSystem]membership{
		loincCodes: {terminology.LOINC, "VAL-LOINC-1", record.Error, "not a code of the loaded LOINC table",
			"deprecated in the loaded LOINC table"},
		snomedCodes: {terminology.SNOMED, "VAL-SCT-1", record.Error, "not a concept of the loaded SNOMED CT table",
			"inactive in the loaded SNOMED CT table"},
		icd10Codes: {terminology.ICD10, "VAL-ICD-1", record.Error, "not a code of the loaded ICD-10-CM table",
			"inactive in the loaded ICD-10-CM table"},
		icd9Codes: {terminology.ICD9, "VAL-ICD-1", record.Error, "not a code of the loaded ICD-9-CM table",
			"inactive in the loaded ICD-9-CM table"},
	}
	rxNormMembership = membership{terminology.RxNorm, "VAL-RX-1", record.Error, "not a concept of the loaded RxNorm table",
		"obsolete or suppressed in the loaded RxNorm table"}
	// The directory lists what is marketed now, and not all of it, so that a code it does not have may be a good one.
	ndcMembership = membership{terminology.NDC, "VAL-NDC-1", record.Warning, "not in the loaded National Drug Code Directory",
		"excluded from the loaded National Drug Code Directory"}
)

// table returns the system's codes; nil: not loaded.
func (m *membership) table(p *Params) *terminology.Table { return p.Terminology.Table(m.system) }

// admits looks up a code, written as the system writes it, and says what there is to say. False: the cell was kept, because the
// system does not have the code.
func (m *membership) admits(c *Cell, code []byte) bool {
	table := m.table(c.column.Params)
	if table == nil {
		return true
	}
	switch known, active := table.Lookup(code); {
	case !known && !table.Covers(code):
		c.Note(m.rule, record.Warning, "of an extension of SNOMED CT that is not loaded")
	case !known && m.severity == record.Error:
		c.Keep(m.rule, record.Error, m.unknown)
		return false
	case !known:
		c.Note(m.rule, m.severity, m.unknown)
	case !active:
		c.Note(m.rule, record.Warning, m.retired)
	}
	return true
}

// codeRoom is room for a code of any of the systems of rule STD-CODE-1: 18 digits.
const codeRoom = 18

// canonical appends a code that the system accepts to dst as the system writes it.
func (s system) canonical(dst, text []byte) []byte {
	switch s {
	case loincCodes:
		return append(dst, cutPrefixes(text, "loinc:")...)
	case icd10Codes, icd9Codes:
		code, _ := icdOf(dst, text, s)
		return code
	}
	return append(dst, text...)
}

// memberOf are those of the systems, whose codes all look like the text, that it may be of once their codes are loaded. A system
// is ruled out only by another that has the code, and never one that is not loaded: its table may be an old one.
func memberOf(p *Params, text []byte, set systemSet) systemSet {
	if p == nil || p.Terminology == nil {
		return set
	}
	var room [codeRoom]byte
	var open, has systemSet
	for s := range noSystem {
		if !set.has(s) {
			continue
		}
		table := memberships[s].table(p)
		if table == nil {
			open |= 1 << s
		} else if known, _ := table.Lookup(s.canonical(room[:0], text)); known {
			has |= 1 << s
		}
	}
	if has == 0 {
		return set
	}
	return has | open
}

// isStranger tells that the text is a code of none of the systems, all of which are loaded.
func isStranger(p *Params, text []byte, set systemSet) bool {
	var room [codeRoom]byte
	for s := range noSystem {
		if !set.has(s) {
			continue
		}
		table := memberships[s].table(p)
		if table == nil {
			return false
		}
		if known, _ := table.Lookup(s.canonical(room[:0], text)); known {
			return false
		}
	}
	return set != 0
}
