package terminology

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// readLOINC reads LOINC_NUM and STATUS. What is DISCOURAGED may still be used; only DEPRECATED may not.
func readLOINC(r *reading) error {
	return r.records([]string{"LOINC_NUM", "STATUS", "VersionLastChanged"}, 1, func(cells [][]byte) error {
		r.noteVersion(cells[2])
		return r.add(LOINC, cells[0], !bytes.EqualFold(cells[1], []byte("DEPRECATED")))
	})
}

// readSNOMED reads the concepts of release format 2.
func readSNOMED(r *reading) error {
	return r.tabs([]string{"id", "active"}, 0, func(cells [][]byte) error {
		active, ok := flag(cells[1])
		if !ok {
			return errFlag
		}
		return r.add(SNOMED, cells[0], active)
	})
}

var errFlag = errors.New("active is neither 0 nor 1; is the file damaged?")

func flag(text []byte) (set, ok bool) {
	return string(text) == "1", string(text) == "1" || string(text) == "0"
}

// Columns of RxNorm's files, which have no header.
const (
	consoRXCUI     = 0
	consoSAB       = 11
	consoSUPPRESS  = 16
	archiveRXCUI   = 12
	archiveSAB     = 13
	archiveColumns = 16
)

var rxNormName = []byte("RXNORM")

// readRxNorm reads the names of concepts; a concept is active while RxNorm itself has a name for it that is neither obsolete (O)
// nor suppressed by its editors (Y). E marks drugs without a quantity, which are no less concepts.
func readRxNorm(r *reading) error {
	cells := make([][]byte, 3)
	return r.lines(func(_ int, line []byte) error {
		if !cut(line, '|', []int{consoRXCUI, consoSAB, consoSUPPRESS}, cells) {
			return errShort
		}
		if !bytes.Equal(cells[1], rxNormName) {
			return nil
		}
		return r.add(RxNorm, cells[0], string(cells[2]) == "N" || string(cells[2]) == "E")
	})
}

// readRxNormArchive reads names that RxNorm has given up: concepts without another are not active.
func readRxNormArchive(r *reading) error {
	cells := make([][]byte, 3)
	return r.lines(func(_ int, line []byte) error {
		if !cut(line, '|', []int{archiveRXCUI, archiveSAB, archiveColumns - 1}, cells) {
			return errShort
		}
		if len(cells[0]) == 0 || !bytes.Equal(cells[1], rxNormName) {
			return nil
		}
		return r.add(RxNorm, cells[0], false)
	})
}

// readICD10 reads a list of codes, or of codes and headings in their order: that one numbers its lines.
func readICD10(r *reading) error {
	order := strings.Contains(strings.ToLower(r.place[strings.LastIndexByte(r.place, '/')+1:]), "order")
	return r.lines(func(_ int, line []byte) error {
		if order {
			_, line, _ = bytes.Cut(line, []byte{' '})
		}
		return r.addICD(ICD10, firstWord(line), 3)
	})
}

// readICD9 reads a list of diagnoses.
func readICD9(r *reading) error {
	return r.lines(func(_ int, line []byte) error {
		code, head := firstWord(line), 3
		if len(code) > 0 && code[0] == 'E' {
			head = 4
		}
		return r.addICD(ICD9, code, head)
	})
}

// addICD takes a code without its point, and the headings above it, which some of the lists leave out.
func (r *reading) addICD(system string, code []byte, head int) error {
	if bytes.IndexByte(code, '.') >= 0 {
		return errors.New("a code has a point, which the files of CMS leave out; is it one of them?")
	}
	for n := head; n < len(code); n++ {
		if err := r.add(system, code[:n], true); err != nil {
			return err
		}
	}
	return r.add(system, code, true)
}

func firstWord(line []byte) []byte {
	word, _, _ := bytes.Cut(bytes.TrimLeft(line, " "), []byte{' '})
	word, _, _ = bytes.Cut(word, []byte{'\t'})
	return word
}

// readNDC reads the packages of the Food and Drug Administration's directory. A listing that it excludes is not active: not
// corrected (Y), expired (E) or inactivated (I).
func readNDC(r *reading) error {
	return r.tabs([]string{"NDCPACKAGECODE", "NDC_EXCLUDE_FLAG"}, 1, func(cells [][]byte) error {
		// Labelers write the codes, so that one that is none does not mean that the file is damaged.
		if _, ok := ndcForm.write(r.room[:0], cells[0]); !ok {
			r.note = "package.txt of the National Drug Code Directory has codes that are not of 10 or 11 digits"
			return nil
		}
		excluded := len(cells[1]) == 1 && strings.IndexByte("YEI", cells[1][0]) >= 0
		return r.add(NDC, cells[0], !excluded)
	})
}

var statuses = map[string]bool{"": true, "active": true, "1": true, "inactive": false, "0": false, "deprecated": false, "retired": false,
	"obsolete": false}

const systemsMost = 100

func isName(text []byte) bool {
	return len(text) <= codeMost && !slices.ContainsFunc(text, func(b byte) bool { return b < ' ' || b >= 0x7f })
}

// readPlain reads system, code and status of a list of the user's own.
func readPlain(r *reading) error {
	return r.records([]string{"system", "code", "status"}, 1, func(cells [][]byte) error {
		active, ok := statuses[strings.ToLower(string(cells[2]))]
		switch {
		case len(cells[0]) == 0:
			return errors.New("system is empty; write LOINC, SNOMED, RXNORM, ICD-10-CM, ICD-9-CM, NDC or a name of your own")
		case !isName(cells[0]):
			return fmt.Errorf("the name of the system is longer than %d bytes, or has other characters than those of ASCII", codeMost)
		case len(r.order) >= systemsMost && r.parts[Name(string(cells[0]))] == nil:
			return fmt.Errorf("more than %d systems; do the columns system and code stand in each other's place?", systemsMost)
		case !ok:
			return errors.New("status is none of active, inactive, deprecated, retired, obsolete")
		}
		return r.add(Name(string(cells[0])), cells[1], active)
	})
}
