package ucum

import "bytes"

// join reads a unit that is joined by . and / from parts of the table's units, annotations and powers of ten; one / may stand in
// front. It appends the unit to dst and returns the number of parts, 0: it is no unit.
func (l *list) join(dst, text []byte) (unit []byte, parts int) {
	if len(text) > 0 && text[0] == '/' {
		dst, text = append(dst, '/'), text[1:]
	}
	for {
		end := partEnd(text)
		var ok bool
		if dst, ok = l.part(dst, text[:end]); !ok {
			return nil, 0
		}
		parts++
		if end == len(text) {
			return dst, parts
		}
		dst, text = append(dst, text[end]), text[end+1:]
	}
}

// partEnd returns the position of the next . or / that is not inside an annotation.
func partEnd(text []byte) int {
	inside := false
	for i, b := range text {
		switch {
		case b == '{':
			inside = true
		case b == '}':
			inside = false
		case !inside && (b == '.' || b == '/'):
			return i
		}
	}
	return len(text)
}

// part appends one part with its annotation.
func (l *list) part(dst, text []byte) ([]byte, bool) {
	note := bytes.IndexByte(text, '{')
	if note < 0 {
		return l.atom(dst, text)
	}
	if !isAnnotation(text[note:]) {
		return dst, false
	}
	ok := true
	if note > 0 {
		dst, ok = l.atom(dst, text[:note])
	}
	return append(dst, text[note:]...), ok
}

// isAnnotation tells whether text is {…} of printable ASCII without further braces.
func isAnnotation(text []byte) bool {
	n := len(text) - 1
	if n < 2 || text[n] != '}' {
		return false
	}
	for _, b := range text[1:n] {
		if b <= ' ' || b > '~' || b == '{' || b == '}' {
			return false
		}
	}
	return true
}

// atom appends an atom or a power of ten. The case of letters is put right where it cannot matter: a single capital could be a
// prefix.
func (l *list) atom(dst, text []byte) ([]byte, bool) {
	if l.atoms[string(text)] || isPower(text) {
		return append(dst, text...), true
	}
	if len(text) == 1 && text[0] <= 'Z' {
		return dst, false
	}
	var buf [longest]byte
	atom, ok := l.fold[string(fold(buf[:0], text))]
	return append(dst, atom...), ok
}

// isPower is 10\*-?\d{1,2}
func isPower(text []byte) bool {
	digits, ok := bytes.CutPrefix(text, []byte("10*"))
	digits = bytes.TrimPrefix(digits, []byte("-"))
	for _, b := range digits {
		ok = ok && b-'0' < 10
	}
	return ok && len(digits) >= 1 && len(digits) <= 2
}
