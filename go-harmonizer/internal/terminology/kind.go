package terminology

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// kind is a sort of file that is recognized by its name.
type kind struct {
	// about is its name for people.
	about string
	name  *regexp.Regexp
	// whole tells that a file lists what is valid, and leaves out what is not any more.
	whole bool
	read  func(*reading) error
	// release returns the version of a file that has been read, and a number that grows with it.
	release func(*reading) (string, uint64)
}

const plainOrder = 1<<64 - 1 // A plain list comes last: it is the user's own word.

var (
	rxNormKind  = &kind{"RXNCONSO.RRF of RxNorm", regexp.MustCompile(`(?i)^RXNCONSO\.RRF$`), false, readRxNorm, rxNormRelease}
	archiveKind = &kind{"", regexp.MustCompile(`(?i)^RXNATOMARCHIVE\.RRF$`), false, readRxNormArchive, rxNormRelease}
)

// kinds are the files that are recognized.
var kinds = []*kind{
	{"Loinc.csv of LOINC", regexp.MustCompile(`(?i)^loinc(tablecore)?\.csv$`), false, readLOINC, loincRelease},
	{"sct2_Concept_Snapshot_*.txt of SNOMED CT", regexp.MustCompile(`(?i)^x?sct2_Concept_Snapshot_.*\.txt$`), false, readSNOMED, dated(
		regexp.MustCompile(`(?i)Snapshot_((?:[A-Z0-9]+_)?(\d{4})(\d{2})(\d{2}))`), 1, 2, 3, 4)},
	rxNormKind,
	archiveKind,
	{"icd10cm-codes-*.txt or icd10cm-order-*.txt of CMS", regexp.MustCompile(`(?i)^icd10cm[_-](codes|order)[_-].*\.txt$`), true, readICD10, icd10Release},
	{"CMS*_DESC_LONG_DX.txt of CMS (ICD-9-CM)", regexp.MustCompile(`(?i)^CMS\d+_DESC_(LONG|SHORT)_DX.*\.txt$`), true, readICD9, icd9Release},
	{"package.txt of the National Drug Code Directory", regexp.MustCompile(`(?i)^package\.txt$`), false, readNDC,
		func(*reading) (string, uint64) { return "", 0 }},
	{"codes.csv (system,code[,status])", regexp.MustCompile(`(?i)^codes\.csv$`), false, readPlain,
		func(*reading) (string, uint64) { return "", plainOrder }},
}

// others are files of the releases that are left aside, and why.
var others = []struct {
	name *regexp.Regexp
	note string
}{
	{regexp.MustCompile(`(?i)^x?sct2_Concept_(Full|Delta)_.*\.txt$`), "SNOMED CT is read from the Snapshot, not from Full or Delta"},
	{regexp.MustCompile(`(?i)^icd10cm[_-](codes|order)[_-].*addenda.*\.txt$`), "ICD-10-CM addenda are changes, not a list of codes"},
	{regexp.MustCompile(`(?i)^CMS\d+_DESC_(LONG|SHORT)_SG.*\.txt$`), "procedures of ICD-9-CM (SG) are not checked"},
	{regexp.MustCompile(`(?i)^product\.txt$`), "product.txt of the National Drug Code Directory names no packages: package.txt does"},
	{regexp.MustCompile(`(?i)\.zip$`), "archives (.zip) are not unpacked"},
}

// kindOf recognizes a file by its name, or says why it is left aside. A file that is none of ours is neither.
func kindOf(base string) (*kind, string) {
	for _, o := range others {
		if o.name.MatchString(base) {
			return nil, o.note
		}
	}
	for _, k := range kinds {
		if k.name.MatchString(base) {
			return k, ""
		}
	}
	return nil, ""
}

func wanted() (all []string) {
	for _, k := range kinds {
		if k.about != "" {
			all = append(all, k.about)
		}
	}
	return all
}

// dated finds a version, and its date in year, month and day, in the place of a file by groups of a pattern.
func dated(pattern *regexp.Regexp, version, year, month, day int) func(*reading) (string, uint64) {
	return func(r *reading) (string, uint64) {
		m := pattern.FindAllStringSubmatch(r.place, -1)
		if len(m) == 0 {
			return "", 0
		}
		last := m[len(m)-1]
		return last[version], number(last[year])*1e4 + number(last[month])*1e2 + number(last[day])
	}
}

func number(digits string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 32) // The patterns let nothing else through but what is too long, which is as good as 0.
	return n
}

// Versions of RxNorm stand in the name of its directory, month first.
var rxNormDirectory = regexp.MustCompile(`(?i)RxNorm_\w*?(\d{2})(\d{2})(\d{4})(?:/|$)`)

func rxNormRelease(r *reading) (string, uint64) {
	m := rxNormDirectory.FindStringSubmatch(r.place)
	if m == nil {
		return "", 0
	}
	return m[3] + "-" + m[1] + "-" + m[2], number(m[3])*1e4 + number(m[1])*1e2 + number(m[2])
}

// Versions of LOINC stand in the name of its directory, and in a column that tells when a code was changed last.
var loincDirectory = regexp.MustCompile(`(?i)loinc_?v?(\d{1,3})\.(\d{1,3})`)

func loincRelease(r *reading) (string, uint64) {
	if m := loincDirectory.FindStringSubmatch(r.place); m != nil {
		return m[1] + "." + m[2], number(m[1])*1e3 + number(m[2])
	}
	return r.newest, r.version
}

// noteVersion keeps the higher one of versions such as 2.78.
func (r *reading) noteVersion(text []byte) {
	major, minor, _ := strings.Cut(string(text), ".")
	a, errA := strconv.ParseUint(major, 10, 8)
	b, errB := strconv.ParseUint(minor, 10, 8)
	if v := a*1e3 + b; errors.Join(errA, errB) == nil && v > r.version {
		r.newest, r.version = string(text), v
	}
}

// ICD-10-CM is of a fiscal year, and now and then of its April.
var icd10Name = regexp.MustCompile(`(?i)(?:codes|order)[_-](?:(april)[_-])?(\d{4})(?:[_-](april))?`)

func icd10Release(r *reading) (string, uint64) {
	m := icd10Name.FindStringSubmatch(r.place)
	if m == nil {
		return "", 0
	}
	if m[1]+m[3] != "" {
		return m[2] + " April", number(m[2])*10 + 1
	}
	return m[2], number(m[2]) * 10
}

var icd9Name = regexp.MustCompile(`(?i)CMS(\d{1,4})_DESC`)

func icd9Release(r *reading) (string, uint64) {
	m := icd9Name.FindStringSubmatch(r.place)
	if m == nil {
		return "", 0
	}
	return m[1], number(m[1])
}
