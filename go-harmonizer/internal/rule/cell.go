package rule

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Cell is one cell on its way through the rules of its field. A rule looks at Text and calls at most a few of the methods; a
// rule that calls none leaves the cell as it is.
type Cell struct {
	// Text is the text so far; nil when null. Rules must not change its bytes.
	Text []byte

	column   *Column
	arena    *Arena
	peers    []*record.Value
	sources  []*record.Value
	findings []record.Finding
	derived  []*record.Value
	clean    []byte
	counted  string // by Count; empty: nothing
	outcome  record.Outcome
	absent   record.Reason
	stopped  bool
}

// Column is what is known of the cell's column.
func (c *Cell) Column() *Column { return c.column }

// Peer returns the output of the i-th peer, nil when it is null.
func (c *Cell) Peer(i int) []byte { return textOf(c.peers[i]) }

// PeerValue returns what the i-th peer became; never nil.
func (c *Cell) PeerValue(i int) *record.Value { return c.peers[i] }

// Source returns the cleaned text of the i-th source, nil when it is null.
func (c *Cell) Source(i int) []byte { return c.sources[i].Clean }

// Bytes returns an empty slice with room for n bytes that lives as long as the value: build new text in it with append.
func (c *Cell) Bytes(n int) []byte { return c.arena.Bytes(n) }

// Set makes text the output, which the rule book does not report beyond "standardized". Equal text changes nothing.
func (c *Cell) Set(rule string, text []byte) {
	c.SetAs(rule, text, record.Information, "standardized")
}

// SetAs makes text the output and says why. Equal text changes nothing, but warnings and errors are noted all the same.
func (c *Cell) SetAs(rule string, text []byte, severity record.Severity, message string) {
	if bytes.Equal(text, c.Text) {
		if severity > record.Information {
			c.Note(rule, severity, message)
		}
		return
	}
	c.Text, c.outcome, c.absent = text, record.Changed, record.Present
	c.find(record.Finding{Rule: rule, Severity: severity, Outcome: record.Changed, Message: message})
}

// Keep leaves the text as it is because it cannot be standardized, says why, and ends the rules of the cell.
func (c *Cell) Keep(rule string, severity record.Severity, message string) {
	c.outcome, c.stopped = record.Kept, true
	c.find(record.Finding{Rule: rule, Severity: severity, Outcome: record.Kept, Message: message})
}

// Null makes the cell null because its text stands for a missing value, says why, and ends the rules of the cell.
func (c *Cell) Null(rule string, severity record.Severity, reason record.Reason, message string) {
	c.Text, c.outcome, c.absent, c.stopped = nil, record.Nulled, reason, true
	c.find(record.Finding{Rule: rule, Severity: severity, Outcome: record.Nulled, Message: message})
}

// Note says something about the field and leaves it as it is.
func (c *Cell) Note(rule string, severity record.Severity, message string) {
	c.find(record.Finding{Rule: rule, Severity: severity, Message: message})
}

// Infer notes a warning that only states an inference; such warnings are put together like information (rule 0.4).
func (c *Cell) Infer(rule string, message string) {
	c.find(record.Finding{Rule: rule, Severity: record.Warning, Message: message, Aggregate: true})
}

// NoteOn says something about another field of the record.
func (c *Cell) NoteOn(field, rule string, severity record.Severity, message string) {
	c.find(record.Finding{Rule: rule, Field: field, Severity: severity, Message: message})
}

// Derive writes the i-th of the standardizer's Derives. Nil text derives nothing.
func (c *Cell) Derive(i int, text []byte) {
	if text == nil {
		c.derived[i] = nil
		return
	}
	v := c.arena.value()
	v.Text, v.Clean, v.Outcome, v.Differs = text, text, record.Changed, true
	v.Sum()
	c.derived[i] = v
}

// Stop ends the rules of the cell.
func (c *Cell) Stop() { c.stopped = true }

// Count adds one to a counter of the column for every cell with this text; Standardizer.Conclude reads the counters. A cell is counted
// under one key, which is not empty.
func (c *Cell) Count(key string) {
	if c.counted != "" && c.counted != key {
	}
	c.counted = key
}

// find keeps a finding, but only the first of a rule about a field (rule 0.4).
func (c *Cell) find(f record.Finding) {
	for i := range c.findings {
		if g := &c.findings[i]; g.Rule == f.Rule && g.Field == f.Field {
			if f.Outcome == record.None {
				f.Outcome = g.Outcome
			}
			if f.Severity > g.Severity {
				*g = f
			}
			return
		}
	}
	c.findings = append(c.findings, f)
}

func textOf(v *record.Value) []byte {
	if v == nil {
		return nil
	}
	return v.Text
}
