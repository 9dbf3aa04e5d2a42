package pipeline

import (
	"context"
	"maps"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/charset"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// assumption is what pass 1 takes for granted and finds out: where it was wrong it runs again.
type assumption struct {
	label      charset.Label // encoding of the file
	harmonized bool          // the file is the output of an earlier run (rule 0.10)
	mixed      bool          // rows are routed by category (rule MAP-6)
	// answers are by plan: evidence is that of the rows that are routed to it.
	answers []map[entity.Question]bool
}

func (a assumption) equal(b assumption) bool {
	return a.label == b.label && a.harmonized == b.harmonized && a.mixed == b.mixed &&
		slices.EqualFunc(a.answers, b.answers, maps.Equal)
}

// syntax answers for a plan; before anything is known of its rows, the file answers.
func (a assumption) syntax(plan int) func(column int, kind string) bool {
	return func(column int, kind string) bool {
		return len(a.answers) > 0 && a.answers[min(plan, len(a.answers)-1)][entity.Question{Column: column, Kind: kind}]
	}
}

// reading is how a file is read under an assumption: one plan, or one for each entity that rows are routed to.
type reading struct {
	assumption
	headers  []string
	plans    []*plan.Plan
	choice   entity.Choice
	mappings []entity.Mapping
	findings []entity.Finding // of MAP-1 and MAP-2
	category int              // column that routes, -1: none
	code     []int            // columns that say what a vital sign is, for routing
}

// routes are the entities of a mixed file in the order of rule MAP-6.
var routes = []string{"lab_result", "vital", "generic"}

const (
	toLab = iota
	toVital
	toGeneric
)

// guess is what the beginning of the file says; where it says nothing, the commonest case.
func (r *run) guess(context.Context) (assumption, error) {
	a := assumption{label: r.source.label()}
	reading, err := r.read(a)
	if err != nil {
		return a, err
	}
	s := newSurvey(r, reading)
	head, err := r.source.head()
	if err != nil || len(head) == 0 {
		return a, err
	}
	w := s.take()
	text := append([]byte(nil), charset.Decode(nil, head, a.label)...)
	if err := s.parser.Parse(text, &w.batch); err != nil {
		return a, nil // Pass 1 meets it again and says where.
	}
	w.weigh(wholeFile)
	return s.truth(a.label), nil
}

// read makes the plans for the headers of a file.
func (r *run) read(a assumption) (*reading, error) {
	out := &reading{assumption: a, headers: r.source.headers(a.label), category: -1}
	o := entity.Options{Entity: r.job.Entity, ColumnMap: r.job.ColumnMap, Harmonized: a.harmonized, FileName: r.job.FileName,
		Declared: r.job.Params.Declarations(), Syntax: a.syntax(0)}
	_, out.findings = entity.Keys(out.headers)
	if a.mixed {
		out.category, _ = entity.MixedCandidate(out.headers, o)
		for i, name := range routes {
			e, _ := entity.Named(name)
			o.Syntax = a.syntax(i)
			out.add(entity.Map(e, out.headers, o), r.settings(a))
		}
		out.findCodes()
		return out, nil
	}
	choice, err := entity.Choose(out.headers, o)
	if err != nil {
		return nil, err
	}
	out.choice = choice
	out.findings = append(out.findings, choice.Findings...)
	out.add(entity.Map(choice.Entity, out.headers, o), r.settings(a))
	return out, nil
}

func (r *run) settings(a assumption) plan.Settings {
	return plan.Settings{Operation: r.job.Operation, Params: &r.job.Params, Harmonized: a.harmonized, Plain: r.job.Plain,
		Deidentify: r.job.Deidentify}
}

func (out *reading) add(m entity.Mapping, s plan.Settings) {
	out.mappings = append(out.mappings, m)
	out.plans = append(out.plans, plan.New(&m, s))
}

// findCodes finds the columns by which rule STD-VIT-1 may know a vital sign.
func (out *reading) findCodes() {
	for i, c := range out.mappings[toLab].Columns {
		if slices.Contains([]string{"loinc_code", "test_name", "local_code"}, fieldName(out.mappings[toLab].Entity, c.Field)) {
			out.code = append(out.code, i)
		}
	}
}

func fieldName(e *entity.Entity, field int) string {
	if field < 0 {
		return ""
	}
	return e.Fields[field].Name
}

// route shares the rows of a batch out among the plans.
func (out *reading) route(b *record.Batch, rows [][]uint32) [][]uint32 {
	for len(rows) < len(out.plans) {
		rows = append(rows, nil)
	}
	for i := range rows {
		rows[i] = rows[i][:0]
	}
	for row := range uint32(b.Rows) {
		to := 0
		if out.mixed {
			to = out.routeRow(b, int(row))
		}
		rows[to] = append(rows[to], row)
	}
	return rows
}

func (out *reading) routeRow(b *record.Batch, row int) int {
	switch string(b.Cell(out.category, row)) {
	case "laboratory":
		return toLab
	case "vital-signs":
		for _, c := range out.code {
			if rule.IsVitalType(b.Cell(c, row)) {
				return toVital
			}
		}
	}
	return toGeneric
}
