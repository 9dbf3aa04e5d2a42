package rule

import (
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// uids is rules STD-UID-1 and VAL-UID-1. Hygiene has removed the padding at the end.
func uids(*Column) func(*Cell) {
	return func(c *Cell) {
		uid := cutPrefixes(c.Text, "urn:oid:")
		switch {
		case len(uid) > longestUID:
			c.Keep("VAL-UID-1", record.Error, "longer than 64 characters")
		case !isUID(uid):
			c.Keep("VAL-UID-1", record.Error, "not a DICOM unique identifier")
		default:
			c.Set("STD-UID-1", uid)
		}
	}
}

const longestUID = 64

// isUID is ^[0-2](\.(0|[1-9]\d*))+$, at most 64 characters (DICOM PS3.5, 9.1).
func isUID(text []byte) bool {
	n := len(text)
	if n < 3 || n > longestUID || text[0] < '0' || text[0] > '2' {
		return false
	}
	for i := 1; i < n; {
		digits := digitsAt(text, i+1)
		if text[i] != '.' || digits == 0 || digits > 1 && text[i+1] == '0' {
			return false
		}
		i += 1 + digits
	}
	return true
}

// holdsUIDs tells whether the field's own rule removes NUL and space at the end, which DICOM pads with.
func holdsUIDs(c *Column) bool {
	return c.Entity == "imaging_study" && strings.HasSuffix(c.Field, "_uid") && !c.PassThrough
}
