package matchtest

// typo leaves out, doubles, changes or swaps a letter, not the first.
func (g *generator) typo(text string) string {
	if len(text) < 3 {
		return text
	}
	at := 1 + g.IntN(len(text)-2)
	switch g.IntN(4) {
	case 0:
		return text[:at] + text[at+1:]
	case 1:
		return text[:at] + text[at:at+1] + text[at:]
	case 2:
		return text[:at] + string('a'+byte(g.IntN(26))) + text[at+1:]
	}
	return text[:at] + text[at+1:at+2] + text[at:at+1] + text[at+2:]
}

// typoDigit changes or swaps a digit, not one of the first two.
func (g *generator) typoDigit(text string) string {
	if len(text) < 4 {
		return text
	}
	at := 2 + g.IntN(len(text)-3)
	if g.chance(0.5) {
		return text[:at] + string('0'+byte(g.IntN(10))) + text[at+1:]
	}
	return text[:at] + text[at+1:at+2] + text[at:at+1] + text[at+2:]
}
