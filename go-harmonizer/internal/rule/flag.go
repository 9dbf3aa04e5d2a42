package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// flags are the ways to write codes of HL7's ObservationInterpretation, by the text key (rules STD-FLAG-1 and 0.8): the words of the
// book, the codes of PCORnet's ABN_IND, and words that mean one code only.
var flags = func() map[string][]byte {
	all := map[string][]byte{}
	for code, others := range map[string][]string{
		"N": {"normal", "wnl", "within normal limits", "nl"}, "H": {"high", "above", "ah", "abnormally high"},
		"L":  {"low", "below", "al", "abnormally low"},
		"HH": {"critical high", "panic high", "h*", "critically high", "high critical", "high panic", "ch"},
		"LL": {"critical low", "panic low", "l*", "critically low", "low critical", "low panic", "cl"},
		"A":  {"abnormal", "abn", "*", "ab"}, "AA": {"critical", "panic", "**", "cr"}, "HU": nil, "LU": nil, "<": nil, ">": nil,
		"POS": {"positive"}, "NEG": {"negative"}, "IND": {"indeterminate", "in", "inconclusive"}, "DET": {"detected"},
		"ND": {"not detected"}, "R": {"resistant"}, "S": {"susceptible"}, "I": {"intermediate"}, "NS": nil, "SDD": nil, "NR": nil,
		"RR": nil, "E": nil, "B": nil, "W": nil, "U": nil, "D": nil,
	} {
		for _, text := range append(others, code) {
			all[string(textKey(nil, []byte(text)))] = []byte(code)
		}
	}
	return all
}()

// oldFlags are codes that HL7 has replaced.
var oldFlags = map[string][]byte{"h>": []byte("HU"), "l<": []byte("LU")}

const longestFlag = 24

// abnormalFlags is rule STD-FLAG-1.
func abnormalFlags(*Column) func(*Cell) {
	return func(c *Cell) {
		var buf [longestFlag]byte
		if len(c.Text) > longestFlag {
			c.Keep("STD-FLAG-1", record.Error, "not an interpretation of a result")
			return
		}
		key := textKey(buf[:0], c.Text)
		if code, ok := flags[string(key)]; ok {
			c.Set("STD-FLAG-1", code)
		} else if code, ok := oldFlags[string(key)]; ok {
			c.SetAs("STD-FLAG-1", code, record.Warning, "a code that has been replaced by another")
		} else if string(key) == "delta" {
			c.Keep("STD-FLAG-1", record.Warning, "says that the value changed, not how it is to be read; kept")
		} else {
			c.Keep("STD-FLAG-1", record.Error, "not an interpretation of a result")
		}
	}
}
