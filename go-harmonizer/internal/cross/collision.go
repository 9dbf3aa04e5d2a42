package cross

import (
	"context"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/similar"
)

// Weights and thresholds of rule DED-5 that rule DED-3 uses.
const (
	firstNameWeight = 6.85
	lastNameWeight  = 6.35
	nameThreshold   = 0.90
	samePerson      = 12.2 // pass A
	otherName       = 0.80 // below: another name
)

// collide finds records of different persons under one identifier (rule DED-3); nil: there are none. It stops when the context
// ends, and then says nothing.
func (s *Shape) collide(ctx context.Context, same []*Member) []Verdict {
	persons, of := s.persons(same)
	colliding := collisions(ctx, persons)
	var all []Verdict
	group := ""
	for i, m := range same {
		if !colliding[of[i]] {
			continue
		}
		if group == "" {
			group = m.mark(spans(same))
		}
		all = append(all, Verdict{Member: m, Group: group, Findings: []Found{{Field: "patient_id", Finding: record.Finding{Rule: "DED-3",
			Severity: record.Error, Message: "this identifier belongs to different persons; all are kept, see collision_group"}}}})
	}
	return all
}

// collisions tells which persons collide with another. Where they are many they are different, and one other is soon found.
func collisions(ctx context.Context, persons []person) []bool {
	colliding := make([]bool, len(persons))
	for i := range persons {
		for j := 0; j < len(persons) && !colliding[i]; j++ {
			if i != j && persons[i].collides(&persons[j]) {
				colliding[i], colliding[j] = true, true
			}
		}
		if ctx.Err() != nil {
			return make([]bool, len(persons))
		}
	}
	return colliding
}

// person is what tells patients apart.
type person struct{ first, last, born string }

// persons returns the persons that records speak of, each once, and which one each record does.
func (s *Shape) persons(same []*Member) (all []person, of []int) {
	ids := map[person]int{}
	for _, m := range same {
		p := person{first: s.key(m, "first_name"), last: s.key(m, "last_name")}
		p.born, _ = s.Text(m, "birth_date")
		id, known := ids[p]
		if !known {
			id = len(all)
			ids[p], all = id, append(all, p)
		}
		of = append(of, id)
	}
	return all, of
}

// key returns the comparison key of a field, empty when it is null.
func (s *Shape) key(m *Member, field string) string {
	text, _ := s.Text(m, field)
	return string(rule.ComparisonKey(nil, []byte(text)))
}

func (p *person) collides(q *person) bool {
	first, last := similar.JaroWinkler(p.first, q.first), similar.JaroWinkler(p.last, q.last)
	score := 0.0
	if first >= nameThreshold {
		score += firstNameWeight * first
	}
	if last >= nameThreshold {
		score += lastNameWeight * last
	}
	if score >= samePerson {
		return false
	}
	if p.born != "" && q.born != "" && p.born != q.born {
		return true
	}
	named := p.first != "" && q.first != "" && p.last != "" && q.last != ""
	return named && first < otherName && last < otherName
}
