package profile

import (
	"bytes"
	"strconv"
)

// bounds are the least and the greatest of some values.
type bounds struct{ low, high mark }

// mark is a value to compare, by a number that orders as it does; nil text: none yet.
type mark struct {
	text   []byte
	number float64
}

// compare orders by number; equal ones, as 1 and 1.0, by text.
func (m mark) compare(o mark) int {
	switch {
	case m.number < o.number:
		return -1
	case m.number > o.number:
		return 1
	}
	return bytes.Compare(m.text, o.text)
}

// add takes a value of a column that shows its bounds; what is not a number, or not a date, has none.
func (b *bounds) add(show Show, text []byte) {
	switch show {
	case Years:
		if text = year(text); text != nil {
			number := float64(int(text[0])<<24 | int(text[1])<<16 | int(text[2])<<8 | int(text[3]))
			if b.low.text == nil || number < b.low.number || number > b.high.number {
				b.stretch(mark{text, number})
			}
		}
	case Numbers:
		if number, err := strconv.ParseFloat(string(text), 64); err == nil && plain(text) {
			b.stretch(mark{text, number})
		}
	}
}

// plain tells that a text is a decimal number as rule 0.8 writes it; strconv takes more.
func plain(text []byte) bool {
	digits := 0
	for i, c := range text {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case c == '-' && i == 0, c == '.' && digits > 0 && i < len(text)-1:
		default:
			return false
		}
	}
	return digits > 0
}

// year returns the year of a date of rule STD-DATE-1, nil when there is none.
func year(text []byte) []byte {
	const digits = len("2006")
	if len(text) < digits || len(text) > digits && text[digits] != '-' {
		return nil
	}
	for _, c := range text[:digits] {
		if c < '0' || c > '9' {
			return nil
		}
	}
	return text[:digits]
}

// stretch makes room for a value, which is copied.
func (b *bounds) stretch(m mark) {
	if m.text == nil {
		return
	}
	if b.low.text == nil || m.compare(b.low) < 0 {
		b.low = mark{append([]byte(nil), m.text...), m.number}
	}
	if b.high.text == nil || m.compare(b.high) > 0 {
		b.high = mark{append([]byte(nil), m.text...), m.number}
	}
}

func (b *bounds) merge(o *bounds) {
	b.stretch(o.low)
	b.stretch(o.high)
}
