package rule

// qualitative is a result in words (rule STD-QUAL-1): how it is written, and its code of HL7's ObservationInterpretation, if any.
type qualitative struct{ text, code []byte }

func result(text, code string) qualitative {
	q := qualitative{text: []byte(text)}
	if code != "" {
		q.code = []byte(code)
	}
	return q
}

// qualitatives are the words by enumKey.
var qualitatives = map[string]qualitative{
	"neg": result("Negative", "NEG"), "negative": result("Negative", "NEG"), "absent": result("Absent", "NEG"),
	"nonreactive": result("Nonreactive", "NR"), "nd": result("Not detected", "ND"), "notdetected": result("Not detected", "ND"),
	"pos": result("Positive", "POS"), "positive": result("Positive", "POS"), "present": result("Present", "POS"),
	"reactive": result("Reactive", "RR"), "detected": result("Detected", "DET"), "trace": result("Trace", ""),
	"none": result("None seen", ""), "noneseen": result("None seen", ""), "indeterminate": result("Indeterminate", "IND"),
	"equivocal": result("Equivocal", "E"), "borderline": result("Borderline", "E"),
}

// ordinals are the grades 1+ to 4+, which are never the numbers 1 to 4.
var ordinals = [...]qualitative{result("1+", ""), result("2+", ""), result("3+", ""), result("4+", "")}

// longestWord is the most bytes of a text that may be a qualitative word.
const longestWord = 24

// qualitativeOf reads a cleaned text as a grade or a word.
func qualitativeOf(text []byte) (qualitative, bool) {
	switch {
	case len(text) == 2 && text[1] == '+' && text[0]-'1' < 4:
		return ordinals[text[0]-'1'], true
	case len(text) == 2 && text[0] == '+' && text[1]-'1' < 4:
		return ordinals[text[1]-'1'], true
	case len(text) > longestWord || lower[text[0]]-'a' >= 26:
		return qualitative{}, false
	}
	var buf [longestWord]byte
	q, ok := qualitatives[string(enumKey(buf[:0], text))]
	return q, ok
}

// isTiter tells whether text is a dilution such as 1:80, perhaps compared.
func isTiter(text []byte) bool {
	_, _, text = cutComparator(text)
	n := digitsAt(text, 0)
	return n > 0 && n < len(text) && text[n] == ':' && n+1 < len(text) && digitsAt(text, n+1) == len(text)-n-1
}
