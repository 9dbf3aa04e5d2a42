package rule

import "bytes"

// nameParts are the components of a full name; nil: it has none.
type nameParts struct {
	first, middle, last, prefix, suffix []byte
	// guessed tells that the order of the tokens decided.
	guessed bool
}

// splitFullName cuts a full name into its components, without their standardization. It tells whether it can be cut.
func splitFullName(text []byte) (p nameParts, ok bool) {
	text = trimCommas(text)
	switch {
	case bytes.IndexByte(text, '^') >= 0:
		ok = p.splitCarets(text)
	case bytes.IndexByte(text, ',') >= 0:
		ok = p.splitCommas(text)
	default:
		ok = p.guess(text)
	}
	return p, ok
}

// splitCarets reads Last^First^Middle^Prefix^Suffix; the alphabetic group ends at = (DICOM PS3.5, value representation PN).
func (p *nameParts) splitCarets(text []byte) bool {
	text, _, _ = bytes.Cut(text, []byte{'='})
	for _, part := range [...]*[]byte{&p.last, &p.first, &p.middle, &p.prefix, &p.suffix} {
		var component []byte
		component, text, _ = bytes.Cut(text, []byte{'^'})
		if component = bytes.TrimSpace(component); len(component) > 0 {
			*part = component
		}
	}
	return len(text) == 0 && (p.last != nil || p.first != nil)
}

// splitCommas reads Last, First Middle and a suffix before or behind the given names; First Last, Suffix is guessed.
func (p *nameParts) splitCommas(text []byte) bool {
	a, rest, _ := bytes.Cut(text, []byte{','})
	b, c, three := bytes.Cut(rest, []byte{','})
	a, b, c = bytes.TrimSpace(a), bytes.TrimSpace(b), bytes.TrimSpace(c)
	switch {
	case len(a) == 0 || len(b) == 0 || three && len(c) == 0 || bytes.IndexByte(c, ',') >= 0:
		return false
	case !three && isNameSuffix(b) && bytes.IndexByte(a, ' ') >= 0:
		p.suffix = b
		return p.guess(a)
	case three && isNameSuffix(c):
		p.suffix = c
	case three && isNameSuffix(b):
		b, p.suffix = c, b
	case three:
		return false
	}
	p.last = a
	p.given(b)
	return true
}

// given reads First Middle with a prefix or suffix around it.
func (p *nameParts) given(text []byte) {
	text = p.trimTitles(text)
	first, middle, _ := bytes.Cut(text, []byte{' '})
	if p.first = first; len(middle) > 0 {
		p.middle = middle
	}
}

// guess reads First Last and First Middle Last.
func (p *nameParts) guess(text []byte) bool {
	if n := bytes.Count(text, []byte{' '}); n < 1 || n > 2 {
		return false
	}
	text = p.trimTitles(text)
	i := bytes.LastIndexByte(text, ' ')
	if i < 0 {
		*p = nameParts{}
		return false
	}
	first, middle, _ := bytes.Cut(text[:i], []byte{' '})
	p.first, p.last, p.guessed = first, text[i+1:], true
	if len(middle) > 0 {
		p.middle = middle
	}
	return true
}

// trimTitles takes a prefix and a generational suffix off the names, as long as a name is left.
func (p *nameParts) trimTitles(text []byte) []byte {
	if i := bytes.IndexByte(text, ' '); i > 0 && namePrefixes.find(text[:i]) != nil {
		p.prefix, text = text[:i], text[i+1:]
	}
	if i := bytes.LastIndexByte(text, ' '); i > 0 && p.suffix == nil && generations.find(text[i+1:]) != nil {
		p.suffix, text = text[i+1:], text[:i]
	}
	return text
}

func isNameSuffix(text []byte) bool {
	return generations.find(text) != nil || nameDegrees.find(text) != nil
}

var (
	namePrefixes = wordsOf(map[string]string{"mr": "", "mrs": "", "ms": "", "miss": "", "dr": "", "prof": ""})
	generations  = wordsOf(map[string]string{"jr": "", "sr": "", "ii": "", "iii": "", "iv": ""})
	nameDegrees  = wordsOf(map[string]string{"md": "", "phd": "", "rn": "", "np": "", "pa-c": "", "esq": "", "dds": ""})
)
