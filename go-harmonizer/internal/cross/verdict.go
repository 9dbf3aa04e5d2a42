package cross

import (
	"context"
	"fmt"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Policy is what becomes of records that share their key (rule DED-2).
type Policy uint8

// The policies. ByEntity is report for patients and keep_first for every other entity.
const (
	ByEntity Policy = iota
	Report
	KeepFirst
	MostComplete
)

// Verdict is what a comparison means for one record.
type Verdict struct {
	Member *Member
	// Removed tells that the record leaves as a duplicate.
	Removed bool
	// Group is the text of collision_group; empty: none.
	Group string
	// Findings are about Field.
	Findings []Found
}

// Found is a finding about a field of a record; the field may be empty.
type Found struct {
	Field string
	record.Finding
}

// Judge compares the members of one group, whose keys share a hash, in the order of output.
func (s *Shape) Judge(ctx context.Context, group []*Member, policy Policy) []Verdict {
	var all []Verdict
	for _, same := range byKey(group) {
		if len(same) > 1 {
			all = append(all, s.judge(ctx, same, policy)...)
		}
	}
	return all
}

// JudgeEqual removes the later ones of members whose keys, all that rule DED-1 compares, are equal.
func (s *Shape) JudgeEqual(group []*Member) []Verdict {
	var all []Verdict
	for _, same := range byKey(group) {
		for _, m := range same[1:] {
			all = append(all, removed(m, "DED-1", same[0].Number))
		}
	}
	return all
}

// byKey parts a group by the keys themselves, in the order of their first members.
func byKey(group []*Member) [][]*Member {
	var out [][]*Member
	at := map[string]int{}
	for _, m := range group {
		i, ok := at[m.Key]
		if !ok {
			i = len(out)
			at[m.Key], out = i, append(out, nil)
		}
		out[i] = append(out[i], m)
	}
	return out
}

func (s *Shape) judge(ctx context.Context, same []*Member, policy Policy) []Verdict {
	if s.Entity == "patient" {
		if verdicts := s.collide(ctx, same); verdicts != nil {
			return verdicts
		}
	}
	switch {
	case policy == MostComplete:
		return s.keepMostComplete(same)
	case policy == Report || policy == ByEntity && s.Entity == "patient":
		return s.reportAll(same)
	}
	return s.keepFirst(same)
}

// reportAll keeps all and warns of each later record.
func (s *Shape) reportAll(same []*Member) []Verdict {
	var all []Verdict
	for _, m := range same[1:] {
		all = append(all, Verdict{Member: m, Findings: []Found{warn(same[0].Number)}})
	}
	return all
}

func warn(first int64) Found {
	return Found{Finding: record.Finding{Rule: "DED-2", Severity: record.Warning,
		Message: "same key as record " + strconv.FormatInt(first, 10) + "; both are kept"}}
}

func removed(m *Member, rule string, kept int64) Verdict {
	return Verdict{Member: m, Removed: true, Findings: []Found{{Finding: RemovedFinding(rule, m.Number, kept)}}}
}

// RemovedFinding reports that a record left as a duplicate, with both record numbers.
func RemovedFinding(rule string, number, kept int64) record.Finding {
	return record.Finding{Rule: rule, Severity: record.Information,
		Message: fmt.Sprintf("record %d removed: duplicate_of record %d", number, kept)}
}

// keepFirst removes a later record that says nothing the first does not say.
func (s *Shape) keepFirst(same []*Member) []Verdict {
	var all []Verdict
	for _, m := range same[1:] {
		if s.saysNothingNew(m, same[0]) {
			all = append(all, removed(m, "DED-2", same[0].Number))
		} else {
			all = append(all, Verdict{Member: m, Findings: []Found{warn(same[0].Number)}})
		}
	}
	return all
}

// updated are the fields by whose later date rule DED-2 breaks ties.
var updated = []string{"result_datetime", "recorded_date", "end_datetime", "end_date"}

// keepMostComplete keeps the record with most canonical values; ties: the later result date, then the first.
func (s *Shape) keepMostComplete(same []*Member) []Verdict {
	best := same[0]
	for _, m := range same[1:] {
		if n, most := s.filled(m), s.filled(best); n > most || n == most && s.later(m, best) {
			best = m
		}
	}
	var all []Verdict
	for _, m := range same {
		if m != best {
			all = append(all, removed(m, "DED-2", best.Number))
		}
	}
	return all
}

func (s *Shape) later(a, b *Member) bool {
	for _, field := range updated {
		x, hasX := s.Text(a, field)
		y, hasY := s.Text(b, field)
		if hasX && hasY && x != y {
			return x > y
		}
	}
	return false
}
