package pipeline

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// scale weighs the cells of one column, for one worker: those that repeat themselves once for all.
type scale struct {
	column  *rule.Column
	source  int
	weigher rule.Weigher
	cleaner *rule.Evaluator
	seen    []*record.Value // remembered, with the cells that were not weighed yet in Seen
	cells   int             // since the memory was tidied
}

const tidyAfter = 1 << 14 // cells

// newScale makes a scale; room is for what it remembers, nil: nothing.
func newScale(c *rule.Column, source int, w rule.Weigher, counters *rule.Counters, room *rule.Room) *scale {
	cleaner := rule.NewEvaluator(rule.Chain{Column: c, Room: room}, rule.Hygiene(), counters, room != nil)
	return &scale{column: c, source: source, weigher: w, cleaner: cleaner}
}

// addAll weighs the cells of some rows that are neither empty nor stand for a missing value.
func (s *scale) addAll(b *record.Batch, rows []uint32, arena *rule.Arena) {
	recalls, _ := s.cleaner.Recalls()
	for _, row := range rows {
		raw := b.Cell(s.source, int(row))
		if len(raw) == 0 {
			continue
		}
		if !recalls {
			if text := s.cleaner.Clean(raw, arena); text != nil {
				s.weigher.Add(text, 1)
			}
			continue
		}
		v := s.cleaner.Eval(raw, nil, nil, arena)
		switch {
		case v.Clean == nil || v.Absent != record.Present:
		case !v.Remembered:
			s.weigher.Add(v.Clean, 1)
		default:
			if v.Seen == 0 {
				s.seen = append(s.seen, v)
			}
			v.Seen++
		}
	}
	if s.cells += len(rows); s.cells >= tidyAfter {
		s.settle() // What is weighed may be forgotten.
		s.cleaner.Tidy()
		s.cells = 0
	}
}

// settle weighs what waits.
func (s *scale) settle() {
	for _, v := range s.seen {
		s.weigher.Add(v.Clean, int64(v.Seen))
		v.Seen = 0
	}
	s.seen = s.seen[:0]
}

func settle(all []*scale) {
	for _, s := range all {
		s.settle()
	}
}
