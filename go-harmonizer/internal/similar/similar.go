// Package similar measures how alike two short texts are, for suggestions (rule MAP-3) and matching (rules DED-3, DED-5).
package similar

// The constants of Jaro–Winkler as rule DED-5 states them.
const (
	prefixScale = 0.1
	prefixMax   = 4
	boostAbove  = 0.7
)

// JaroWinkler returns the similarity of two texts, from 0 to 1; a text and an empty text have 0. It compares runes as they
// stand, so the caller folds case and accents first (rule STD-TXT-3). Time grows with the product of the lengths.
// Source: rule DED-5; Winkler 1990, boosted only when Jaro is above 0.7.
func JaroWinkler(a, b string) float64 {
	var roomA, roomB [64]rune
	return Runes(appendRunes(roomA[:0], a), appendRunes(roomB[:0], b))
}

// Runes is JaroWinkler for texts that are runes already.
func Runes(a, b []rune) float64 {
	jaro := jaro(a, b)
	if jaro <= boostAbove {
		return jaro
	}
	return jaro + float64(commonPrefix(a, b))*prefixScale*(1-jaro)
}

// Ceiling returns a value that JaroWinkler cannot exceed for texts of the given rune counts, runes in common (repeats counted)
// and common prefix. It is cheap, so that hopeless pairs need not be compared.
func Ceiling(lenA, lenB, common, prefix int) float64 {
	if common == 0 {
		return 0
	}
	m := float64(common)
	jaro := (m/float64(lenA) + m/float64(lenB) + 1) / 3
	return jaro + float64(min(prefix, prefixMax))*prefixScale*(1-jaro)
}

func appendRunes(dst []rune, s string) []rune {
	for _, r := range s {
		dst = append(dst, r)
	}
	return dst
}

func commonPrefix(a, b []rune) int {
	n := 0
	for n < min(len(a), len(b), prefixMax) && a[n] == b[n] {
		n++
	}
	return n
}

func jaro(a, b []rune) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	var roomA, roomB [64]bool
	usedA, usedB := flags(roomA[:], len(a)), flags(roomB[:], len(b))
	matches := pair(a, b, usedA, usedB)
	if matches == 0 {
		return 0
	}
	m := float64(matches)
	t := float64(transposed(a, b, usedA, usedB)) / 2
	return (m/float64(len(a)) + m/float64(len(b)) + (m-t)/m) / 3
}

func flags(room []bool, n int) []bool {
	if n > len(room) {
		return make([]bool, n)
	}
	return room[:n]
}

// pair marks equal runes that stand near each other, each at most once, and counts the pairs.
func pair(a, b []rune, usedA, usedB []bool) int {
	window := max(0, max(len(a), len(b))/2-1)
	matches := 0
	for i, r := range a {
		for j := max(0, i-window); j <= min(len(b)-1, i+window); j++ {
			if !usedB[j] && b[j] == r {
				usedA[i], usedB[j] = true, true
				matches++
				break
			}
		}
	}
	return matches
}

// transposed counts the paired runes that are in another order.
func transposed(a, b []rune, usedA, usedB []bool) int {
	n, j := 0, 0
	for i := range a {
		if !usedA[i] {
			continue
		}
		for !usedB[j] {
			j++
		}
		if a[i] != b[j] {
			n++
		}
		j++
	}
	return n
}
