package rule

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Positions in the fields of icdDates: a code, the system of the first, and the date of service of each.
const (
	icdCode = iota
	icdSystem
	icdOnset
	icdReason
	icdStart
	icdAdmitted // start of an encounter
)

// icdSwitch is the first day of service on which US diagnoses are coded in ICD-10-CM.
const icdSwitch = "2015-10-01"

// icdDates is the part of rule VAL-ICD-1 that looks at the date of service.
var icdDates = RecordRule{
	Entities: []string{"condition", "medication", "encounter"},
	Fields:   []string{"code", "code_system", "onset_date", "reason_code", "start_date", "start_datetime"},
	Bind: func(_ *File, p *Params) func(*Row) {
		if p.DefaultCountry != "US" {
			return func(*Row) {}
		}
		return func(r *Row) {
			checkICDDate(r, icdCode, systemOfToken(r.Usable(icdSystem)), r.Usable(icdOnset))
			if reason := r.Usable(icdReason); reason != nil {
				date := r.Usable(icdStart)
				if date == nil {
					date = r.Usable(icdAdmitted)
				}
				checkICDDate(r, icdReason, memberOf(p, reason, systemsOf(reason)).only(), date)
			}
		}
	},
}

func checkICDDate(r *Row, code int, s system, date []byte) {
	if s != icd9Codes && s != icd10Codes || len(date) < len(icdSwitch) || r.Usable(code) == nil || isInactiveICD(r.Value(code)) {
		return
	}
	switch late := string(date[:len(icdSwitch)]) >= icdSwitch; {
	case late && s == icd9Codes:
		r.Note(code, "VAL-ICD-1", record.Warning, "ICD-9-CM for a service on or after 2015-10-01")
	case !late && s == icd10Codes:
		r.Note(code, "VAL-ICD-1", record.Warning, "ICD-10-CM for a service before 2015-10-01")
	}
}

// isInactiveICD tells that the rule has already said that the code is inactive: it reports a field once (rule 0.4).
func isInactiveICD(v *record.Value) bool {
	return slices.ContainsFunc(v.Findings, func(f record.Finding) bool { return f.Rule == "VAL-ICD-1" && f.Field == "" })
}

func systemOfToken(token []byte) system {
	for s, t := range systemTokens {
		if string(token) == string(t) {
			return system(s)
		}
	}
	return noSystem
}
