package rule

import "unicode/utf8"

// looks says which characters of a column are replaced by the ASCII they look like (rule STD-TXT-4).
type looks uint8

const (
	looksNone looks = iota
	looksName       // the apostrophe alone
	looksCode       // hyphens, quotes, full-width ASCII
	looksUnit       // and the micro sign
)

// looksOf finds it out from the field.
func looksOf(c *Column) looks {
	if isFree(c) {
		return looksNone
	}
	switch c.Field {
	case "unit":
		return looksUnit
	case "result_value", "value", "reference_range":
		return looksCode
	}
	switch c.Type {
	case "id", "code", "enum", "enum_list", "decimal", "int", "date", "datetime", "phone", "email":
		return looksCode
	case "name":
		return looksName
	}
	return looksNone
}

// replace returns text itself when there is nothing to do.
func (l looks) replace(bytes room, text []byte) []byte {
	if l == looksNone {
		return text
	}
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if l.ascii(r) != r {
			break
		}
		at += size
	}
	if at == len(text) {
		return text
	}
	out := append(bytes(len(text)), text[:at]...)
	for i := at; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		out = utf8.AppendRune(out, l.ascii(r))
		i += size
	}
	return out
}

// ascii returns what a character looks like, or the character.
func (l looks) ascii(r rune) rune {
	switch {
	case r < 0xb5:
		return r
	case r == 0x2019:
		return '\''
	case l == looksName:
		return r
	case r == 0x2018:
		return '\''
	case 0x2010 <= r && r <= 0x2015 || r == 0x2212:
		return '-'
	case 0xff01 <= r && r <= 0xff5e:
		return r - 0xff01 + '!'
	case l == looksUnit && (r == 0xb5 || r == 0x3bc):
		return 'u'
	}
	return r
}
