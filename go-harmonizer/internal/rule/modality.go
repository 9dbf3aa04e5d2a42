package rule

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

//go:embed data/modality.tsv
var modalityTable string

// modality is what a code or word for a kind of imaging means.
type modality struct {
	code    []byte // nil: it is no single code
	retired bool   // another code takes its place
}

// modalities are found by code and by key of code or name (see enumKey).
type modalities struct {
	codes map[string]bool
	words map[string]modality
}

var modalityList = sync.OnceValue(func() *modalities {
	all := &modalities{map[string]bool{}, map[string]modality{}}
	add := func(name string, m modality) { all.words[string(enumKey(nil, []byte(name)))] = m }
	for _, row := range tableLines(modalityTable, 2) {
		code, names := row[0], strings.Split(row[1], "|")
		now, retired := strings.CutPrefix(row[1], "=")
		switch {
		case retired:
			add(code, modality{[]byte(now), true})
			continue
		case code == "?":
		default:
			all.codes[code] = true
			names = append(names, code)
		}
		for _, name := range names {
			m := modality{}
			if all.codes[code] {
				m.code = []byte(code)
			}
			add(name, m)
		}
	}
	return all
})

// longestModality is beyond every name; longer texts are none.
const longestModality = 64

func (all *modalities) find(text []byte) (m modality, ok bool) {
	if len(text) > longestModality {
		return m, false
	}
	var buf [longestModality]byte
	m, ok = all.words[string(enumKey(buf[:0], text))]
	return m, ok
}

// standardizeModality is rules STD-IMG-1 and VAL-MOD-1.
func standardizeModality(*Column) func(*Cell) {
	all := modalityList()
	var codes [][]byte
	return func(c *Cell) {
		if all.codes[string(c.Text)] {
			return
		}
		codes = codes[:0]
		unclear, retired := false, false
		for rest, part := c.Text, []byte(nil); rest != nil; {
			part, rest = cutModality(rest)
			if len(part) == 0 {
				continue
			}
			m, ok := all.find(part)
			if !ok {
				c.Keep("VAL-MOD-1", record.Error, "not a modality of DICOM")
				return
			}
			unclear, retired, codes = unclear || m.code == nil, retired || m.retired, append(codes, m.code)
		}
		switch {
		case len(codes) == 0:
			c.Keep("VAL-MOD-1", record.Error, "not a modality of DICOM")
		case unclear:
			c.Keep("VAL-MOD-1", record.Warning, "not one code of DICOM: CR, DX or RG; kept")
		case retired:
			c.SetAs("STD-IMG-1", joinModalities(c, codes), record.Warning, "a retired code; replaced by the one that took its place")
		default:
			c.Set("STD-IMG-1", joinModalities(c, codes))
		}
	}
}

// cutModality cuts the first of several modalities, such as those of PET/CT or CT\PT, off the text; rest is nil after the last.
func cutModality(text []byte) (part, rest []byte) {
	if i := bytes.IndexAny(text, `\/;,+&`); i >= 0 {
		return bytes.Trim(text[:i], " "), text[i+1:]
	}
	return bytes.Trim(text, " "), nil
}

// joinModalities writes a list: sorted, each once.
func joinModalities(c *Cell, codes [][]byte) []byte {
	slices.SortFunc(codes, bytes.Compare)
	out := c.Bytes(11 * len(codes)) // The longest code has ten letters.
	for i, code := range codes {
		switch {
		case i == 0:
			out = append(out, code...)
		case !bytes.Equal(code, codes[i-1]):
			out = append(append(out, ';'), code...)
		}
	}
	return out
}
