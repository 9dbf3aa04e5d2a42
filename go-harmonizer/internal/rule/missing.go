package rule

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// missingTokens are what stands for a missing value when it is the whole cell, in lower case (rule NULL-1).
var missingTokens = map[string]record.Reason{
	"na": record.Unknown, "n/a": record.Unknown, "n.a.": record.Unknown, "#n/a": record.Unknown, "nan": record.Unknown,
	"null": record.Unknown, "(null)": record.Unknown, `\n`: record.Unknown, "nil": record.Unknown, "none": record.Unknown,
	"-": record.Unknown, "--": record.Unknown, "---": record.Unknown, ".": record.Unknown, "..": record.Unknown,
	"?": record.Unknown, "??": record.Unknown, "missing": record.Unknown, "(blank)": record.Unknown, "blank": record.Unknown,
	"tbd": record.Unknown, `""`: record.Unknown, "not available": record.Unknown, "unable to obtain": record.Unknown,
	"unknown": record.Unknown, "unk": record.Unknown,
	"not applicable": record.NotApplicable,
	"declined":       record.AskedDeclined, "refused": record.AskedDeclined, "patient declined": record.AskedDeclined,
	"declined to answer": record.AskedDeclined,
	"not done":           record.NotPerformed, "not performed": record.NotPerformed, "cancelled": record.NotPerformed, "canceled": record.NotPerformed,
	"pending": record.TempUnknown,
	"masked":  record.Masked, "redacted": record.Masked, "***": record.Masked, "xxx": record.Masked,
	"#ref!": record.ErrorReason, "#value!": record.ErrorReason, "#div/0!": record.ErrorReason, "#name?": record.ErrorReason,
	"#num!": record.ErrorReason, "#null!": record.ErrorReason,
}

// placeholders are the tokens that count where words are content: text fields, what passes through, generic files.
var placeholders = []string{"na", "n/a", "#n/a", "nan", "null", "(null)", `\n`, "(blank)", `""`,
	"#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!"}

const longestToken = len("declined to answer")

// IsMissing tells whether the cleaned text is one of the tokens of rule NULL-1, whatever its field makes of it.
func IsMissing(text []byte) bool {
	var buf [longestToken]byte
	if len(text) > longestToken {
		return false
	}
	_, ok := missingTokens[string(lowerInto(buf[:0], text))]
	return ok
}

func lowerInto(dst, text []byte) []byte {
	for _, b := range text {
		dst = append(dst, lower[b])
	}
	return dst
}

// missing are the tokens that stand for a missing value in one column.
type missing struct {
	tokens  map[string]record.Reason
	lengths [256]uint32 // of the tokens that begin with a byte, one bit a length
	result  bool        // a lone hyphen may mean negative
}

func missingFor(c *Column) *missing {
	m := &missing{tokens: tokensFor(c), result: c.Entity == "lab_result" && c.Field == "result_value" && !c.PassThrough}
	for token := range m.tokens {
		bit := uint32(1) << len(token)
		m.lengths[token[0]] |= bit
		if b := token[0]; 'a' <= b && b <= 'z' {
			m.lengths[b-'a'+'A'] |= bit
		}
	}
	return m
}

// is tells whether text is a token.
func (m *missing) is(text []byte) bool {
	var buf [longestToken]byte
	if len(text) > longestToken {
		return false
	}
	_, ok := m.tokens[string(lowerInto(buf[:0], text))]
	return ok
}

// find makes the cell null when it holds a token.
func (m *missing) find(c *Cell) {
	n := len(c.Text)
	if n == 0 || n > longestToken || m.lengths[c.Text[0]]>>n&1 == 0 {
		return
	}
	var buf [longestToken]byte
	reason, ok := m.tokens[string(lowerInto(buf[:0], c.Text))]
	switch {
	case !ok:
	case reason == record.ErrorReason:
		c.Null("NULL-1", record.Warning, reason, "an error of a spreadsheet in place of a value")
	case m.result && n == 1 && c.Text[0] == '-':
		c.Null("NULL-1", record.Warning, reason, "stands for a missing value, but may mean negative")
	default:
		c.Null("NULL-1", record.Information, reason, "stands for a missing value")
	}
}
