package rule

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Hygiene cleans the text of every cell before the rules of its field see it (rules STD-ENC-2 and STD-TXT-1 to -4) and makes what
// stands for a missing value null (rule NULL-1). What is empty afterwards is null without a finding (rule 0.2).
func Hygiene() *Standardizer {
	return &Standardizer{Bind: func(c *Column) func(*Cell) {
		h := &hygiene{lines: keepsLines(c), looks: looksOf(c), padded: holdsUIDs(c), missing: missingFor(c), words: missingWords(c)}
		return h.run
	}}
}

// QuietHygiene cleans the parts of a composed field. The columns they come from also pass through, and it is said there what was
// cleaned; the parts are no fields of the output.
func QuietHygiene() *Standardizer {
	loud := Hygiene()
	return &Standardizer{Bind: func(c *Column) func(*Cell) {
		clean := loud.Bind(c)
		return func(c *Cell) {
			clean(c)
			c.findings = c.findings[:0]
		}
	}}
}

// hygiene is what depends on the column.
type hygiene struct {
	lines   bool  // line feeds are content
	looks   looks // which look-alikes are replaced
	padded  bool  // NUL and space at the end are padding (rule STD-UID-1)
	missing *missing
	words   *missingKeys // that the job declares beside them; nil: none
}

// isFree tells whether what a column holds is read by people alone: text fields, what passes through, generic files; but not what
// the job declares to be something else.
func isFree(c *Column) bool {
	return c.Type == "text" || c.Declared == nil && (c.PassThrough || c.Entity == "generic")
}

func keepsLines(c *Column) bool { return isFree(c) }

func (h *hygiene) run(c *Cell) {
	switch look(c.Text) {
	case plain:
	case spaced:
		h.space(c)
	default:
		if !h.clean(c) {
			return
		}
	}
	h.missing.find(c)
	if h.words != nil && c.Text != nil {
		h.words.find(c)
	}
}

// space is rule STD-TXT-1, first and last words for most untidy cells.
func (h *hygiene) space(c *Cell) {
	text := tidySpace(c.Bytes, c.Text, h.lines)
	if len(text) == 0 {
		c.Text = nil
		return
	}
	c.Set("STD-TXT-1", text)
}

// clean takes the steps of rule STD-TXT-1 in their order, again until nothing changes. It tells whether the cell goes on.
func (h *hygiene) clean(c *Cell) bool {
	invisible := false
	if h.padded {
		if bare := bytes.TrimRight(c.Text, "\x00 "); bytes.IndexByte(c.Text[len(bare):], 0) >= 0 {
			c.Set("STD-UID-1", bare)
		}
	}
	for {
		before := c.Text
		if !utf8.Valid(c.Text) {
			c.Text = bytes.ToValidUTF8(c.Text, replacement)
		}
		if text := readable(c.Bytes, c.Text); len(text) < len(c.Text) {
			c.SetAs("STD-ENC-2", text, record.Warning, "text that was decoded twice put right")
		}
		h.space(c)
		if text := visible(c.Bytes, c.Text, h.lines); len(text) < len(c.Text) {
			invisible = true
			c.SetAs("STD-TXT-2", text, record.Warning, "invisible characters removed")
		}
		if !norm.NFC.IsNormal(c.Text) {
			c.Set("STD-TXT-3", norm.NFC.Append(c.Bytes(len(c.Text)), c.Text...))
		}
		c.Set("STD-TXT-4", h.looks.replace(c.Bytes, c.Text))
		if len(c.Text) == 0 || bytes.Equal(c.Text, before) {
			break
		}
	}
	return h.settle(c, invisible)
}

// settle ends with what cannot go on: text that is gone and text that could not be decoded.
func (h *hygiene) settle(c *Cell, invisible bool) bool {
	switch {
	case len(c.Text) == 0 && invisible:
		c.findings = c.findings[:0]
		c.Null("STD-TXT-2", record.Warning, record.Unknown, "nothing but invisible characters")
		return false
	case len(c.Text) == 0:
		c.Text, c.outcome, c.findings = nil, record.OK, c.findings[:0]
		return false
	case bytes.Contains(c.Text, replacement):
		c.Keep("STD-ENC-1", record.Error, "holds a character that could not be decoded")
		return false
	}
	return true
}

var replacement = []byte(string(utf8.RuneError))
