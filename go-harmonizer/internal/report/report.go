// Package report accounts for a run: where every record went, what became of every column, and the quality checks of section 12.
// It never holds a value of the input.
package report

import (
	"fmt"
	"sort"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Accounting is where every record went: read = written + duplicates + quarantined + routed - created (rule DQ-6).
type Accounting struct {
	Read        int64 `json:"read"`
	Written     int64 `json:"written"`
	Duplicates  int64 `json:"duplicates"`
	Quarantined int64 `json:"quarantined"`
	Routed      int64 `json:"routed"`
	Created     int64 `json:"created"`
}

// Check fails when the identity of rule DQ-6 does not hold.
func (a Accounting) Check() error {
	if sum := a.Written + a.Duplicates + a.Quarantined + a.Routed - a.Created; sum != a.Read {
		return fmt.Errorf("rule DQ-6: %d records read, %d accounted for", a.Read, sum)
	}
	return nil
}

// Report is report.json.
type Report struct {
	Entity        string         `json:"entity"`
	File          string         `json:"file"`
	Operation     string         `json:"operation"`
	Harmonized    bool           `json:"harmonized_input"`
	Encoding      string         `json:"encoding"`
	Compression   string         `json:"compression"`
	Delimiter     string         `json:"delimiter"`
	Header        bool           `json:"header"`
	EvidenceScope string         `json:"evidence_scope"`
	Parameters    map[string]any `json:"parameters"`
	Accounting    Accounting     `json:"accounting"`
	ErrorRecords  int64          `json:"error_records"`
	BlankLines    int64          `json:"blank_lines"`
	PreambleRows  int            `json:"preamble_rows"`
	Issues        Severities     `json:"issues"`
	Scores        []EntityScore  `json:"entity_scores"`
	Columns       []Column       `json:"columns"`
	Rules         []Check        `json:"rules"`
	Score         Score          `json:"score"`
	Findings      []Finding      `json:"findings"`
	Entities      []Part         `json:"entities"`
	References    References     `json:"reference_data"`
	Version       string         `json:"version"`
	// Privacy says what was done to the values; never "de-identified", which is for people to judge (rule DEID-1).
	Privacy string `json:"privacy,omitempty"`
	// Profile describes the columns of the output.
	Profile []Profile `json:"profile"`
	// Matching is what rule DED-5 found, where it was asked for.
	Matching *Matching `json:"matching,omitempty"`
	// Files are the files of the job; what stands above is of the first, but sums are of all.
	Files []File `json:"files"`
}

// File is one file of a job.
type File struct {
	File         string     `json:"file"`
	Entity       string     `json:"entity"`
	Harmonized   bool       `json:"harmonized_input"`
	Encoding     string     `json:"encoding"`
	Compression  string     `json:"compression"`
	Delimiter    string     `json:"delimiter"`
	Header       bool       `json:"header"`
	Accounting   Accounting `json:"accounting"`
	ErrorRecords int64      `json:"error_records"`
	BlankLines   int64      `json:"blank_lines"`
	PreambleRows int        `json:"preamble_rows"`
	SHA256       string     `json:"sha256"`
	SizeBytes    int64      `json:"size_bytes"`
}

// Add adds where other records went.
func (a *Accounting) Add(b Accounting) {
	a.Read += b.Read
	a.Written += b.Written
	a.Duplicates += b.Duplicates
	a.Quarantined += b.Quarantined
	a.Routed += b.Routed
	a.Created += b.Created
}

// Part is one entity's share of a mixed file; a file of one entity has one.
type Part struct {
	File         string `json:"file,omitempty"` // where there are several
	Entity       string `json:"entity"`
	Artifact     string `json:"artifact"`
	Rows         int64  `json:"rows"`
	Written      int64  `json:"written"`
	Duplicates   int64  `json:"duplicates"`
	Created      int64  `json:"created"`
	ErrorRecords int64  `json:"error_records"`
}

// Severities counts issues; information counts the fields it speaks of.
type Severities struct {
	Errors       int64 `json:"error"`
	Warnings     int64 `json:"warning"`
	Informations int64 `json:"information"`
}

// EntityScore is how well the file fits an entity (rule MAP-2).
type EntityScore struct {
	Entity string `json:"entity"`
	Score  int    `json:"score"`
}

// Finding is something noted about the file or a column.
type Finding struct {
	File     string `json:"file,omitempty"` // where there are several
	Rule     string `json:"rule_id"`
	Severity string `json:"severity"`
	Entity   string `json:"entity"`
	Column   string `json:"source_column,omitempty"`
	Field    string `json:"field,omitempty"`
	Message  string `json:"message"`
}

// References are versions of reference data that outcomes depend on.
type References struct {
	Phone string `json:"phone_metadata"`
}

// Column is what became of one source column.
type Column struct {
	File       string           `json:"file,omitempty"` // where there are several
	Entity     string           `json:"entity"`
	Header     string           `json:"source_column"`
	Key        string           `json:"key"`
	Field      string           `json:"field,omitempty"`
	Reason     string           `json:"reason"`
	Suggestion *Suggestion      `json:"suggestion,omitempty"`
	Records    int64            `json:"records"`
	Filled     int64            `json:"filled"`
	Changed    int64            `json:"changed"`
	Kept       int64            `json:"kept"`
	Nulled     map[string]int64 `json:"nulled,omitempty"`
	Decisions  []string         `json:"decisions,omitempty"`
	Dates      []rule.DateShape `json:"date_shapes,omitempty"`
}

// Suggestion is a field whose name a header nearly has (rule MAP-3).
type Suggestion struct {
	Field string  `json:"field"`
	Score float64 `json:"score"`
}

// Columns describes the source columns of a plan.
func Columns(p *plan.Plan, m *entity.Mapping, stats *plan.Stats) []Column {
	var all []Column
	for i := range m.Columns {
		c := &m.Columns[i]
		out := Column{Entity: p.Entity.Name, Header: c.Header, Key: c.Key, Reason: c.Reason}
		if c.Suggestion != nil {
			out.Suggestion = &Suggestion{c.Suggestion.Field, c.Suggestion.Score}
		}
		if c.Field >= 0 && (c.Role == entity.Mapped || c.Role == entity.CarriedDerived) {
			out.Field = p.Entity.Fields[c.Field].Name
		}
		if s, records := p.OfColumn(stats, i); s != nil {
			out.count(s, records)
			out.describe(p, p.SlotOf(i))
		}
		all = append(all, out)
	}
	return all
}

func (c *Column) count(s *plan.SlotStats, records int64) {
	c.Records, c.Filled = records, s.Filled
	c.Changed, c.Kept = s.Outcomes[record.Changed], s.Outcomes[record.Kept]
	for r := record.Unknown; r < record.ReasonCount; r++ {
		if n := s.Absent[r]; n > 0 {
			if c.Nulled == nil {
				c.Nulled = map[string]int64{}
			}
			c.Nulled[r.String()] = n
		}
	}
}

func (c *Column) describe(p *plan.Plan, slot int) {
	d := p.Describe(slot)
	c.Decisions, c.Dates = d.Decisions, d.Shapes
	sort.Slice(c.Dates, func(i, j int) bool { return c.Dates[i].Shape < c.Dates[j].Shape })
}

// Add counts issues of a severity.
func (s *Severities) Add(severity record.Severity, n int64) {
	switch severity {
	case record.Error:
		s.Errors += n
	case record.Warning:
		s.Warnings += n
	default:
		s.Informations += n
	}
}
