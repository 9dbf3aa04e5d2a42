package rule

import (
	"bytes"
	_ "embed"
	"strings"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

//go:embed data/body_part.tsv
var bodyPartTable string

// bodyParts are the terms by SNOMED CT code and by key of term or name (see enumKey).
var bodyParts = sync.OnceValue(func() map[string][]byte {
	all := map[string][]byte{}
	for _, row := range tableLines(bodyPartTable, 3) {
		term := []byte(row[0])
		for _, name := range append(strings.Split(row[2], "|"), row[0], row[1]) {
			if name != "" {
				all[string(enumKey(nil, []byte(name)))] = term
			}
		}
	}
	return all
})

// longestBodyPart is beyond every name; longer texts are none.
const longestBodyPart = 48

// findBodyPart reads a body part, which may have a side before or behind it: RT knee, Knee (left). No term: it is none.
func findBodyPart(text []byte) (term []byte, side string) {
	if len(text) > longestBodyPart {
		return nil, ""
	}
	var buf [longestBodyPart]byte
	if term = bodyParts()[string(enumKey(buf[:0], text))]; term != nil {
		return term, ""
	}
	rest, side := cutSide(text)
	if side == "" {
		return nil, ""
	}
	return bodyParts()[string(enumKey(buf[:0], rest))], side
}

const betweenWords = " ,()-_./"

// cutSide cuts a word for a side, the first or the last, off the text.
func cutSide(text []byte) (rest []byte, side string) {
	text = bytes.Trim(text, betweenWords)
	if i := bytes.IndexAny(text, betweenWords); i >= 0 {
		if side = sideOf(text[:i]); side != "" {
			return bytes.TrimLeft(text[i:], betweenWords), side
		}
		i = bytes.LastIndexAny(text, betweenWords)
		if side = sideOf(text[i+1:]); side != "" {
			return bytes.TrimRight(text[:i], betweenWords), side
		}
	}
	return text, ""
}

// sides are the words for the codes of laterality (DICOM PS3.3, Laterality).
var sides = map[string]string{
	"r": "R", "rt": "R", "right": "R", "l": "L", "lt": "L", "left": "L",
	"b": "B", "both": "B", "bilateral": "B", "bilat": "B", "u": "U", "unpaired": "U",
}

func sideOf(word []byte) string {
	var buf [16]byte
	if len(word) > len(buf) {
		return ""
	}
	return sides[string(enumKey(buf[:0], word))]
}

// standardizeSites is rule STD-IMG-3, for the body part and for the laterality.
func standardizeSites(column *Column) func(*Cell) {
	if column.Field == "laterality" {
		return func(c *Cell) {
			if side := sideOf(c.Text); side != "" {
				c.Set("STD-IMG-3", append(c.Bytes(1), side...))
				return
			}
			c.Keep("STD-IMG-3", record.Warning, "not a laterality of DICOM: R, L, B or U; kept")
		}
	}
	return func(c *Cell) {
		switch term, side := findBodyPart(c.Text); {
		case term == nil:
			c.Keep("STD-IMG-3", record.Warning, "not a body part that is listed; kept")
		case side != "":
			c.SetAs("STD-IMG-3", term, record.Warning, "a side stands in it: "+side)
		default:
			c.Set("STD-IMG-3", term)
		}
	}
}

// bodySide is the part of rule STD-IMG-3 that gives the side in a body part to an empty laterality.
var bodySide = &RecordRule{
	Entities: []string{"imaging_study"},
	Fields:   []string{"body_part", "laterality"},
	Needs:    []int{0, 1},
	Bind: func(*File, *Params) func(*Row) {
		return func(row *Row) {
			part := row.Value(0)
			if part.Outcome != record.Changed || part.Worst != record.Warning {
				return
			}
			_, side := findBodyPart(part.Clean)
			switch {
			case side == "":
			case row.Text(1) == nil:
				row.Fill(1, append(row.Bytes(1), side...), "STD-IMG-3", record.Information, "empty; the side of the body part")
			case string(row.Text(1)) != side:
				row.Note(1, "STD-IMG-3", record.Warning, "not the side of the body part; kept")
			}
		}
	},
}
