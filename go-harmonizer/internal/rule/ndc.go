package rule

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/terminology"
)

const ndcDigits = 11

// ndcs is rules STD-NDC-1 and VAL-NDC-1.
func ndcs(*Column) func(*Cell) {
	return func(c *Cell) {
		if n := digitsAt(c.Text, 0); (n != ndcDigits || n != len(c.Text)) && sheetDamage(c) {
			return
		}
		parts, ok := ndcParts(c.Text)
		switch {
		case !ok:
			c.Keep("VAL-NDC-1", record.Error, "not a national drug code")
		case parts == [3]int{12} || parts == [3]int{6, 4, 2}:
			c.Keep("VAL-NDC-1", record.Warning, "NDC-12")
		case parts == [3]int{10}:
			c.Keep("VAL-NDC-1", record.Error, ndcReadings(c.Text, ndcMembership.table(c.column.Params)))
		case parts == [3]int{4, 4, 2}, parts == [3]int{5, 3, 2}, parts == [3]int{5, 4, 1}, parts == [3]int{5, 4, 2}:
			code := ndcPadded(c.Bytes(ndcDigits), c.Text)
			ndcMembership.admits(c, code)
			c.Set("STD-NDC-1", code)
		case parts == [3]int{ndcDigits}:
			ndcMembership.admits(c, c.Text)
		default:
			c.Keep("VAL-NDC-1", record.Error, "digits are not grouped like those of a national drug code")
		}
	}
}

// ndcParts counts the digits of the groups between hyphens, of which there are one or three.
func ndcParts(text []byte) (parts [3]int, ok bool) {
	at := 0
	for i := range parts {
		n := digitsAt(text, at)
		parts[i] = n
		at += n
		switch {
		case n == 0:
			return parts, false
		case at == len(text):
			return parts, i != 1
		case text[at] != '-':
			return parts, false
		}
		at++
	}
	return parts, false
}

// ndcPadded appends the groups to dst, each with zeros before it up to 5-4-2 digits.
func ndcPadded(dst, text []byte) []byte {
	at := 0
	for _, width := range [3]int{5, 4, 2} {
		n := digitsAt(text, at)
		for range width - n {
			dst = append(dst, '0')
		}
		dst = append(dst, text[at:at+n]...)
		at += n + 1
	}
	return dst
}

// ndcReadings names what ten digits may mean, and which of it the table has.
func ndcReadings(d []byte, table *terminology.Table) string {
	s := string(d)
	readings := [...]string{"0" + s, s[:5] + "0" + s[5:], s[:9] + "0" + s[9:]}
	said := "ten digits without hyphens: " + readings[0] + " (4-4-2), " + readings[1] + " (5-3-2) or " + readings[2] + " (5-4-1)"
	if table == nil {
		return said
	}
	listed := ""
	for i, r := range readings {
		if known, _ := table.Lookup([]byte(r)); known && slices.Index(readings[:], r) == i {
			listed += ", " + r
		}
	}
	if listed == "" {
		return said + "; the loaded directory has none of them"
	}
	return said + "; the loaded directory has" + listed[1:]
}
