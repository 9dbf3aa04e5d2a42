package cross

import (
	"context"
	"slices"
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
	Merge
)

// Verdict is what a comparison means for one record.
type Verdict struct {
	Member *Member
	// Removed tells that the record leaves as a duplicate.
	Removed bool
	// Group is the text of collision_group; empty: none.
	Group string
	// SupersededBy is the text of superseded_by; empty: none.
	SupersededBy string
	// Settings are the fields that take another record's text (rule DED-6).
	Settings []Setting
	// Findings are about Field.
	Findings []Found
}

// SourceOf returns the record whose text a field has.
func (v *Verdict) SourceOf(field int) *Member {
	for _, s := range v.Settings {
		if s.Field == field {
			return s.From
		}
	}
	return v.Member
}

// Found is a finding about a field of a record; the field may be empty.
type Found struct {
	Field string
	record.Finding
	// Of is the record that stays in place of one that leaves; may be nil.
	Of *Member
}

// Rules are what a job says about records that share their key.
type Rules struct {
	Policy Policy
	// Priority are names of files in the order in which they are trusted (rule DED-6).
	Priority []string
	// Clusters are the numbers of the clusters of rule DED-5, by order, from 1; to merge patients.
	Clusters map[int64]int
}

// Judge compares the members of one group, whose keys share a hash, in the order of output.
func (s *Shape) Judge(ctx context.Context, group []*Member, rules *Rules) []Verdict {
	if rules.Policy == Merge && rules.Clusters != nil && s.Entity == "patient" {
		return s.judgePersons(ctx, group, rules)
	}
	var all []Verdict
	for _, alike := range by(group, (*Member).withoutValue) {
		if len(alike) == 1 {
			continue
		}
		gone := map[*Member]bool{}
		for _, same := range by(alike, (*Member).key) {
			if len(same) == 1 {
				continue
			}
			for _, v := range s.judge(ctx, same, rules) {
				gone[v.Member] = v.Removed
				all = append(all, v)
			}
		}
		all = append(all, s.conflicts(slices.DeleteFunc(alike, func(m *Member) bool { return gone[m] }))...)
	}
	return all
}

// JudgeEqual removes the later ones of members whose keys, all that rule DED-1 compares, are equal.
func (s *Shape) JudgeEqual(group []*Member) []Verdict {
	var all []Verdict
	for _, same := range by(group, (*Member).key) {
		for _, m := range same[1:] {
			all = append(all, removed(m, "DED-1", same[0]))
		}
	}
	return all
}

func (m *Member) key() string { return m.Key }

// by parts a group by a key, in the order of their first members.
func by(group []*Member, key func(*Member) string) [][]*Member {
	var out [][]*Member
	at := map[string]int{}
	for _, m := range group {
		k := key(m)
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k], out = i, append(out, nil)
		}
		out[i] = append(out[i], m)
	}
	return out
}

func (s *Shape) judge(ctx context.Context, same []*Member, rules *Rules) []Verdict {
	if s.Entity == "patient" {
		if verdicts := s.collide(ctx, same); verdicts != nil {
			return verdicts
		}
	}
	switch {
	case rules.Policy == Merge:
		return s.Merge(same, rules.Priority)
	case rules.Policy == MostComplete:
		return s.keepMostComplete(same)
	case rules.Policy == Report || rules.Policy == ByEntity && s.Entity == "patient":
		return s.reportAll(same)
	}
	return s.keepFirst(same)
}

// reportAll keeps all and warns of each later record.
func (s *Shape) reportAll(same []*Member) []Verdict {
	var all []Verdict
	for _, m := range same[1:] {
		all = append(all, Verdict{Member: m, Findings: []Found{warn(m, same[0])}})
	}
	return all
}

func warn(m, first *Member) Found {
	return Found{Finding: record.Finding{Rule: "DED-2", Severity: record.Warning,
		Message: "same key as " + first.named(m) + "; both are kept"}}
}

func removed(m *Member, rule string, kept *Member) Verdict {
	return Verdict{Member: m, Removed: true, Findings: []Found{{Finding: RemovedFinding(rule, m.Number, kept.named(m)), Of: kept}}}
}

// RemovedFinding reports that a record left as a duplicate of another that is named.
func RemovedFinding(rule string, number int64, kept string) record.Finding {
	return record.Finding{Rule: rule, Severity: record.Information,
		Message: "record " + strconv.FormatInt(number, 10) + " removed: duplicate_of " + kept}
}

// keepFirst removes a later record that says nothing the first does not say.
func (s *Shape) keepFirst(same []*Member) []Verdict {
	var all []Verdict
	for _, m := range same[1:] {
		if s.saysNothingNew(m, same[0]) {
			all = append(all, removed(m, "DED-2", same[0]))
		} else {
			all = append(all, Verdict{Member: m, Findings: []Found{warn(m, same[0])}})
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
			all = append(all, removed(m, "DED-2", best))
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
