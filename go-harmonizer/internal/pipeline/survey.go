package pipeline

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/charset"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// survey is pass 1: it counts the records of every segment and weighs the columns that rules take evidence from.
type survey struct {
	run     *run
	reading *reading
	parser  *csvfmt.Parser
	status  int // column of record_status, -1: the file cannot be harmonized
	mixable int // column of category, -1: the file cannot be mixed
	ask     []entity.Question

	mu     sync.Mutex
	slots  chan struct{} // for tasks under way
	idle   []*surveyor   // those that wait
	all    []*surveyor
	errors []error
}

// surveyor is the state of one worker in pass 1.
type surveyor struct {
	survey   *survey
	batch    record.Batch
	buf      []byte
	rows     [][]uint32
	scales   [][]*scale      // by plan
	asked    [][]*rule.Share // by plan and question
	askers   [][]*scale      // that fill them
	cleaner  *rule.Evaluator // of what is profiled
	arena    rule.Arena
	unproven int64 // rows whose status is not that of a harmonized file
	routed   int64 // rows that a mixed file would route
	profiles []*columnProfile
	came     []int64 // rows by plan
	broken   int64
}

func newSurvey(r *run, reading *reading) *survey {
	s := &survey{run: r, reading: reading, status: -1, mixable: -1, slots: make(chan struct{}, 4*r.pool.Size())}
	s.parser = csvfmt.NewParser(r.source.dialect, len(reading.headers), r.limits.MaxField)
	if at, ok := entity.HarmonizedCandidate(reading.headers); ok {
		s.status = at
	}
	o := entity.Options{Entity: r.job.Entity, ColumnMap: r.job.ColumnMap, FileName: r.job.FileName,
		Syntax: reading.syntax(0)}
	if at, ok := entity.MixedCandidate(reading.headers, o); ok {
		s.mixable = at
	}
	s.ask = entity.Questions(reading.headers)
	return s
}

func (s *survey) take() *surveyor {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.idle); n > 0 {
		w := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return w
	}
	w := s.newSurveyor()
	s.all = append(s.all, w)
	return w
}

func (s *survey) give(w *surveyor, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, w)
	if err != nil {
		s.errors = append(s.errors, err)
	}
}

func (s *survey) newSurveyor() *surveyor {
	counters := rule.NewCounters()
	w := &surveyor{survey: s, came: make([]int64, len(s.reading.plans))}
	code := &rule.Column{Type: "code", Params: &s.run.job.Params}
	w.cleaner = rule.NewEvaluator(rule.Chain{Column: code}, rule.Hygiene(), counters, false)
	var room *rule.Room
	if !s.run.job.Plain {
		room = rule.NewRoom()
	}
	for _, p := range s.reading.plans {
		var scales, askers []*scale
		for _, c := range s.weighed(p) {
			scales = append(scales, newScale(c.Column, c.Source, newWeigher(c), counters, room))
		}
		shares := s.shares()
		for i, q := range s.ask {
			askers = append(askers, newScale(code, q.Column, shares[i], counters, room))
		}
		w.scales, w.asked, w.askers = append(w.scales, scales), append(w.asked, shares), append(w.askers, askers)
	}
	if s.run.profile {
		w.profiles = newProfiles(len(s.reading.headers))
	}
	return w
}

// weighed are the columns of a plan that may give evidence.
func (s *survey) weighed(p *plan.Plan) []plan.Weighed {
	if p.Settings.Harmonized && p.Entity.Name != "generic" || p.Settings.Operation == plan.Clean {
		return nil // Rule 0.10: a harmonized file gives no evidence, but its generic dates are still tested (section 2.8).
	}
	return slices.DeleteFunc(p.Weighed(), func(c plan.Weighed) bool { return newWeigher(c) == nil })
}

// newWeigher makes the weigher of a column, nil: no rule takes evidence from it.
func newWeigher(c plan.Weighed) rule.Weigher {
	for _, std := range c.Standardizers {
		if std.Weigh == nil {
			continue
		}
		if weigher := std.Weigh(c.Column); weigher != nil {
			return weigher
		}
	}
	return nil
}

// segment surveys one segment; weigh is false for those after the prefix.
func (w *surveyor) segment(seg *segment, limit int) error {
	text, err := w.survey.run.source.read(seg, w.survey.reading.label, &w.buf)
	if err != nil {
		return err
	}
	if limit == 0 {
		seg.records, seg.blank = w.survey.parser.Count(text)
		return nil
	}
	if err := w.survey.parser.Parse(text, &w.batch); err != nil {
		return seg.place(err)
	}
	seg.records, seg.blank = w.batch.Records(), w.batch.Blank
	w.broken += int64(len(w.batch.Broken))
	seg.measure(&w.batch, text)
	w.weigh(limit)
	w.survey.run.surveyed.Add(int64(seg.records))
	w.survey.run.progress.Read.Add(int64(seg.records))
	return nil
}

// weigh adds the rows of the batch among the first limit records, negative: all.
func (w *surveyor) weigh(limit int) {
	b := &w.batch
	w.rows = w.survey.reading.route(b, w.rows)
	for p, rows := range w.rows {
		w.came[p] += int64(len(rows))
		if limit > 0 {
			for len(rows) > 0 && int(b.Index[rows[len(rows)-1]]) >= limit {
				rows = rows[:len(rows)-1]
			}
			w.rows[p] = rows
		}
		for _, s := range w.scales[p] {
			w.arena.Reset()
			s.addAll(b, rows, &w.arena)
		}
	}
	w.prove()
}

// prove counts what decides about the assumptions.
func (w *surveyor) prove() {
	b := &w.batch
	w.arena.Reset()
	for p, rows := range w.rows {
		w.proveRows(p, rows)
	}
	for i, p := range w.profiles {
		for row := range b.Rows {
			p.Add(w.cleaner.Eval(b.Cell(i, row), nil, nil, &w.arena), nil)
		}
	}
}

func (w *surveyor) proveRows(plan int, rows []uint32) {
	b := &w.batch
	for _, s := range w.askers[plan] {
		s.addAll(b, rows, &w.arena)
	}
	if w.survey.status < 0 && w.survey.mixable < 0 {
		return
	}
	for _, row := range rows {
		row := int(row)
		if w.survey.status >= 0 {
			if s := b.Cell(w.survey.status, row); !bytes.Equal(s, []byte("ok")) && !bytes.Equal(s, []byte("error")) {
				w.unproven++
			}
		}
		if w.survey.mixable >= 0 {
			if c := b.Cell(w.survey.mixable, row); bytes.Equal(c, []byte("vital-signs")) || bytes.Equal(c, []byte("laboratory")) {
				w.routed++
			}
		}
	}
}

// share makes the weigher that answers a question of a kind.
func share(kind string) *rule.Share {
	switch kind {
	case "loinc":
		return rule.LOINCShare()
	case "rxnorm":
		return rule.RXCUIShare()
	}
	return rule.UIDShare()
}

// answer tells whether the values of a column have the syntax (rule MAP-3 and the footnotes of section 2).
func answer(kind string, s *rule.Share) bool {
	if kind == "loinc" {
		return s.All > 0 && s.Passed*100 >= s.All*95
	}
	return s.All > 0 && s.Passed == s.All
}

// truth merges what all workers found and returns what should have been assumed.
func (s *survey) truth(label charset.Label) assumption {
	for _, w := range s.all {
		for p := range w.askers {
			settle(w.askers[p])
		}
	}
	a := assumption{label: label}
	var unproven, routed int64
	for _, w := range s.all {
		unproven, routed = unproven+w.unproven, routed+w.routed
	}
	for p := range s.reading.plans {
		a.answers = append(a.answers, s.answers(p))
	}
	a.harmonized = s.status >= 0 && unproven == 0 // Of no records, every one bears its status.
	a.mixed = s.mixable >= 0 && routed > 0 && !a.harmonized
	return a
}

// shares are the weighers that answer the questions.
func (s *survey) shares() []*rule.Share {
	var all []*rule.Share
	for _, q := range s.ask {
		all = append(all, share(q.Kind))
	}
	return all
}

// answers merges what all workers found about the rows of a plan.
func (s *survey) answers(plan int) map[entity.Question]bool {
	out := map[entity.Question]bool{}
	for i, sum := range s.shares() {
		for _, w := range s.all {
			sum.Merge(w.asked[plan][i])
		}
		out[s.ask[i]] = answer(s.ask[i].Kind, sum)
	}
	return out
}

// conclude gives the columns of the plans their merged weighers.
func (s *survey) conclude() {
	if len(s.all) == 0 {
		s.all = append(s.all, s.newSurveyor())
	}
	first := s.all[0]
	for _, w := range s.all {
		for p := range w.scales {
			settle(w.scales[p])
		}
	}
	for _, w := range s.all[1:] {
		for p := range w.scales {
			for i, scale := range w.scales[p] {
				first.scales[p][i].weigher.Merge(scale.weigher)
			}
		}
		for i := range w.profiles {
			first.profiles[i].Merge(w.profiles[i])
		}
	}
	for _, scales := range first.scales {
		for _, scale := range scales {
			scale.column.Weigher = scale.weigher
		}
	}
}

// failed returns the first error of a worker, or why the context ended.
func (s *survey) failed(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.errors) > 0 {
		return s.errors[0]
	}
	return ctx.Err()
}

const (
	wholeFile     = -1
	prefixRecords = 100_000 // of rule 0.6
)

// submit queues a segment for pass 1 once not too many are under way.
func (r *run) submit(ctx context.Context, s *survey, seg *segment) error {
	return r.submitLimit(ctx, s, seg, wholeFile)
}

func (r *run) submitLimit(ctx context.Context, s *survey, seg *segment, limit int) error {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	r.queue.Go(func() {
		defer func() { <-s.slots }()
		if ctx.Err() != nil {
			return
		}
		w := s.take()
		s.give(w, w.segment(seg, limit))
	})
	return s.failed(ctx)
}
