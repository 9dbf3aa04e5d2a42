package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Aggregated are issues that agree in all but record and values.
type Aggregated struct {
	Rule     string
	Severity record.Severity
	Entity   string
	File     string // empty where a job has one file
	Column   string // header as written
	Field    string
	Outcome  record.Outcome
	// Message is told for information only: those of errors and warnings may name values.
	Message string
	Count   int64
	// Records are the numbers of the first records, ascending; none: it is about a file or a column.
	Records []int64
}

// RuleSystem identifies the ids of rules as a code system.
const RuleSystem = "https://github.com/open-harmonizer/harmonizer/rules"

// Outcome is an OperationOutcome of FHIR R4 (rule DQ-5). It holds no value of the input.
type Outcome struct {
	ResourceType string         `json:"resourceType"`
	Issue        []OutcomeIssue `json:"issue"`
}

// OutcomeIssue is one of its issues.
type OutcomeIssue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"`
	Details     Concept  `json:"details"`
	Diagnostics string   `json:"diagnostics,omitempty"`
	Expression  []string `json:"expression,omitempty"`
}

// Concept is a CodeableConcept.
type Concept struct {
	Coding []Coding `json:"coding,omitempty"`
	Text   string   `json:"text"`
}

// Coding is a code of a system.
type Coding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

const informational = "informational"

// NewOutcome makes the outcome of a job: errors first, then by file, entity, column, field and rule, whatever the order of the issues.
func NewOutcome(all []Aggregated) *Outcome {
	out := &Outcome{ResourceType: "OperationOutcome"}
	for _, a := range joined(all) {
		out.Issue = append(out.Issue, a.issue())
	}
	if len(out.Issue) == 0 { // R4 wants one at least.
		out.Issue = []OutcomeIssue{{Severity: record.Information.String(), Code: informational, Details: Concept{Text: "no issues"}}}
	}
	return out
}

// joined puts issues of one key together, and in order. Messages that are not told keep nothing apart.
func joined(all []Aggregated) []Aggregated {
	all = slices.Clone(all)
	for i := range all {
		if all[i].Severity > record.Information {
			all[i].Message = ""
		}
	}
	slices.SortStableFunc(all, func(a, b Aggregated) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.compare(&b))
	})
	var out []Aggregated
	for _, a := range all {
		if n := len(out); n > 0 && out[n-1].Severity == a.Severity && out[n-1].compare(&a) == 0 {
			out[n-1].Count += a.Count
			out[n-1].Records = firsts(out[n-1].Records, a.Records)
			continue
		}
		out = append(out, a)
	}
	return out
}

func (a *Aggregated) compare(b *Aggregated) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Field, b.Field), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Message, b.Message))
}

// Collector puts issues together as they come. The zero value has none.
type Collector struct{ all map[key]*Aggregated }

// Add adds an issue of one record, 0: of none; the message of errors and warnings is not kept.
func (c *Collector) Add(a Aggregated, recordNo int64) {
	if a.Severity > record.Information {
		a.Message = ""
	}
	if c.all == nil {
		c.all = map[key]*Aggregated{}
	}
	k := key{a.Rule, a.Entity, a.File, a.Column, a.Field, a.Message, a.Severity, a.Outcome}
	known := c.all[k]
	if known == nil {
		first := a
		known = &first
		c.all[k] = known
	}
	known.Count++
	if recordNo > 0 && (len(known.Records) < rule.Firsts || recordNo < known.Records[rule.Firsts-1]) {
		known.Records = firsts(known.Records, []int64{recordNo})
	}
}

// All returns the issues in no order.
func (c *Collector) All() []Aggregated {
	var all []Aggregated
	for _, a := range c.all {
		all = append(all, *a)
	}
	return all
}

type key struct {
	rule, entity, file, column, field, message string
	severity                                   record.Severity
	outcome                                    record.Outcome
}

// firsts are the smallest numbers of two lists.
func firsts(a, b []int64) []int64 {
	all := slices.Concat(a, b)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), rule.Firsts)]
}

func (a *Aggregated) issue() OutcomeIssue {
	title := cmp.Or(rule.TitleOf(a.Rule), a.Rule)
	issue := OutcomeIssue{Severity: a.Severity.String(), Code: rule.FHIRCode(a.Rule, a.Severity), Diagnostics: a.diagnostics(),
		Details: Concept{Coding: []Coding{{RuleSystem, a.Rule, title}}, Text: cmp.Or(a.Message, title+became[a.Outcome])}}
	if path := Expression(a.Entity, a.Field); path != "" {
		issue.Expression = []string{path}
	}
	return issue
}

// became says what became of a field.
var became = map[record.Outcome]string{record.Changed: "; the value is changed", record.Nulled: "; the value is left out",
	record.Kept: "; the value is kept"}

// diagnostics says where and how often.
func (a *Aggregated) diagnostics() string {
	parts := []string{"count " + strconv.FormatInt(a.Count, 10)}
	if a.Outcome != record.None {
		parts = append(parts, "outcome "+a.Outcome.String())
	}
	if first := firsts(a.Records, nil); len(first) > 0 {
		parts = append(parts, "records "+strings.Trim(strings.ReplaceAll(fmt.Sprint(first), " ", ", "), "[]")+a.etc())
	}
	for _, p := range [][2]string{{"field", a.Field}, {"column", a.Column}, {"file", a.File}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	return strings.Join(parts, "; ")
}

func (a *Aggregated) etc() string {
	if a.Count > int64(len(a.Records)) {
		return ", …"
	}
	return ""
}
