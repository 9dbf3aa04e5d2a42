package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// race is a token of rule STD-RACE-1, or Hispanic, which is none. Races that combine come first, sorted by CDCREC code.
type race uint8

const (
	noRace race = iota
	americanIndian
	asian
	black
	pacificIslander
	white
	middleEastern
	otherRace
	multipleRaces
	declinedRace
	unknownRace
	hispanicRace // an ethnicity
	raceCount
)

// raceTokens are the outputs.
var raceTokens = [raceCount]string{"", "american_indian_or_alaska_native", "asian", "black_or_african_american",
	"native_hawaiian_or_other_pacific_islander", "white", "middle_eastern_or_north_african", "other", "multiple", "declined", "unknown", "unknown"}

// raceSynonyms are other words, CDCREC codes and OMOP concepts, separated by semicolons.
var raceSynonyms = [raceCount]string{
	americanIndian:  "ai/an;aian;american indian;alaska native;native american;american indian/alaska native;1002-5;8657",
	asian:           "2028-9;8515",
	black:           "aa;african american;black;b;black/african american;2054-5;8516",
	pacificIslander: "nhpi;nh/pi;pacific islander;other pacific islander;native hawaiian;hawaiian;native hawaiian/other pacific islander;2076-8;8557",
	white:           "caucasian;w;white or caucasian;white/caucasian;2106-3;8527",
	middleEastern:   "middle eastern;north african;mena;2118-8",
	otherRace:       "other race;some other race;2131-1;8522",
	multipleRaces:   "multiple races;multiple race;multiracial;more than one race;two or more races;biracial;mixed race",
	declinedRace:    notTold,
	unknownRace:     "unk;" + notReported,
	hispanicRace:    hispanicWords,
}

// raceWords are the races by enumKey.
var raceWords = func() map[string]race {
	all := map[string]race{}
	for r := americanIndian; r < raceCount; r++ {
		for _, text := range bytes.Split([]byte(raceSynonyms[r]), []byte(";")) {
			all[string(enumKey(nil, text))] = r
		}
		if r != hispanicRace {
			all[string(enumKey(nil, []byte(raceTokens[r])))] = r
		}
	}
	return all
}()

func raceWord(text []byte) race {
	var buf [longestEntry]byte
	if len(text) > longestEntry {
		return noRace
	}
	return raceWords[string(enumKey(buf[:0], text))]
}

// raceSet is a set of races, one bit each.
type raceSet uint16

func (s raceSet) has(r race) bool { return s>>r&1 == 1 }

// combining are the races that stand beside others.
const combining raceSet = 1<<multipleRaces - 1<<americanIndian

// races is rule STD-RACE-1.
var races = Standardizer{
	Derives: []string{"_hispanic"},
	Weigh:   func(*Column) Weigher { return &raceCodes{} },
	Bind:    bindRaces,
}

func bindRaces(column *Column) func(*Cell) {
	w, _ := column.Weigher.(*raceCodes)
	coded := w != nil && w.decides()
	said := []byte(hispanic)
	return func(c *Cell) {
		set := readRaces(c.Text)
		if r := networkRace(c.Text); coded && r != noRace {
			set = 1 << r
		}
		if set == 0 {
			c.Keep("STD-RACE-1", record.Error, "not a race")
			return
		}
		if set.has(hispanicRace) {
			c.Derive(0, said)
		}
		writeRaces(c, set)
	}
}

// writeRaces makes the output of a set that is not empty: what stands alone gives way to races, and to what says more.
func writeRaces(c *Cell, set raceSet) {
	list := set & combining
	for r := multipleRaces; r < raceCount && list == 0; r++ {
		list = set & (1 << r)
	}
	out := c.Bytes(len(c.Text) + 64)
	for r := americanIndian; r < raceCount; r++ {
		if list.has(r) {
			if len(out) > 0 {
				out = append(out, ';')
			}
			out = append(out, raceTokens[r]...)
		}
	}
	switch {
	case set.has(hispanicRace):
		c.SetAs("STD-RACE-1", out, record.Warning, "Hispanic is an ethnicity, not a race")
	case list.has(multipleRaces):
		c.SetAs("STD-RACE-1", out, record.Warning, "more than one race: components unknown")
	case list.has(middleEastern):
		c.SetAs("STD-RACE-1", out, record.Information, middleEasternMessage)
		c.Note("STD-RACE-1", record.Information, middleEasternMessage)
	default:
		c.Set("STD-RACE-1", out)
	}
}

const middleEasternMessage = "a category of 2024, which US Core knows as detail only"
