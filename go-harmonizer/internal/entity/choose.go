package entity

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// What rule MAP-2 asks of a winner, and what it counts.
const (
	scoreNeeded   = 6
	leadNeeded    = 2
	scoreRequired = 3
	scoreToken    = 3
)

// Score is how well an entity fits the headers.
type Score struct {
	Entity string
	Score  int
}

// Choice is which entity a file holds.
type Choice struct {
	Entity *Entity
	// Scores are those of all entities but generic, best first, equals in the order of the book.
	Scores []Score
	// Given tells that the job named the entity.
	Given bool
	// Findings hold a warning when no entity won.
	Findings []Finding
}

// Choose applies rule MAP-2. The error is of kind Invalid: the job names an entity that does not exist.
func Choose(headers []string, o Options) (Choice, error) {
	scores := scoreAll(headers, o)
	if o.Entity != "" {
		e, ok := Named(o.Entity)
		if !ok {
			return Choice{}, fault.New(fault.Invalid, "UNKNOWN_ENTITY", "option entity: no such entity")
		}
		return Choice{Entity: e, Scores: scores, Given: true}, nil
	}
	best, next := scores[0], scores[1]
	if best.Score >= scoreNeeded && best.Score-next.Score >= leadNeeded {
		e, _ := Named(best.Entity)
		return Choice{Entity: e, Scores: scores}, nil
	}
	generic, _ := Named("generic")
	return Choice{Entity: generic, Scores: scores, Findings: []Finding{undecided(best, next)}}, nil
}

func undecided(best, next Score) Finding {
	return Finding{Rule: "MAP-2", Severity: record.Warning, Column: -1, Message: fmt.Sprintf(
		"entity undecided, generic used; best %s (%d), next %s (%d)", best.Entity, best.Score, next.Entity, next.Score)}
}

func scoreAll(headers []string, o Options) []Score {
	keys, _ := Keys(headers)
	words := fileWords(o.FileName)
	var scores []Score
	for _, e := range All() {
		if len(e.Fields) > 0 {
			scores = append(scores, Score{e.Name, newPlan(e, headers, keys, o).score(e.hasToken(words))})
		}
	}
	slices.SortStableFunc(scores, func(a, b Score) int { return cmp.Compare(b.Score, a.Score) })
	return scores
}

// fileWords are the parts of a file name by rule MAP-2.
func fileWords(name string) []string {
	if name == "" {
		return nil
	}
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	return strings.Split(Key(base, 1), "_")
}

// score counts what the entity finds in the headers; token tells that the file's name speaks for it.
func (p *plan) score(token bool) int {
	total := 0
	if token {
		total = scoreToken
	}
	counted := map[string]bool{}
	for s := range p.winner {
		if p.counts(s, token) {
			total += p.worth(s, counted)
		}
	}
	return total
}

// counts tells that a slot has a column whose key says enough.
func (p *plan) counts(s int, token bool) bool {
	if column := p.winner[s]; column >= 0 {
		return token || p.byHand[column] || !book().general[p.keys[column]]
	}
	return s < len(p.entity.Fields) && p.has(s)
}

func (p *plan) worth(s int, counted map[string]bool) int {
	if s >= len(p.entity.Fields) || !p.entity.Fields[s].Required {
		return 1
	}
	if group := p.entity.Fields[s].OneOf; group != "" {
		if counted[group] {
			return 1
		}
		counted[group] = true
	}
	return scoreRequired
}

// MixedCandidate tells that a file is mixed (rule MAP-6) if its category column, whose position it returns, holds vital-signs
// or laboratory: the job names no entity and all that lab_result requires is there.
func MixedCandidate(headers []string, o Options) (category int, ok bool) {
	keys, _ := Keys(headers)
	category = slices.Index(keys, "category")
	if o.Entity != "" || category < 0 {
		return -1, false
	}
	lab, _ := Named("lab_result")
	if len(newPlan(lab, headers, keys, o).missing()) > 0 {
		return -1, false
	}
	return category, true
}

// HarmonizedCandidate tells that a file is harmonized (rule 0.10) if every cell of its record_status column, whose position it
// returns, is ok or error.
func HarmonizedCandidate(headers []string) (status int, ok bool) {
	keys, _ := Keys(headers)
	status = slices.Index(keys, "record_status")
	if status < 0 || !slices.Contains(keys, "record_no") {
		return -1, false
	}
	return status, true
}

// Question is something about a column's values that a mapping depends on.
type Question struct {
	// Column is the position in the headers.
	Column int
	// Kind is "loinc" (at least 95 % of the values pass VAL-LOINC-1), "rxnorm" (all pass VAL-RX-1) or "uid" (all pass VAL-UID-1).
	Kind string
}

// Questions returns what Options.Syntax may be asked for these headers, by column.
func Questions(headers []string) []Question {
	keys, _ := Keys(headers)
	var out []Question
	for i, key := range keys {
		for _, e := range All() {
			for _, c := range e.names.claims[key] {
				q := Question{Column: i}
				if q.Kind, _ = conditionKind(c.when); q.Kind != "" && !slices.Contains(out, q) {
					out = append(out, q)
				}
			}
		}
	}
	return out
}
