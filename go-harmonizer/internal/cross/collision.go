package cross

import (
	"strconv"

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

// collide finds records of different persons under one identifier (rule DED-3); nil: there are none.
func (s *Shape) collide(same []*Member) []Verdict {
	persons := s.persons(same)
	colliding := make([]bool, len(same))
	first := -1
	for i := range same {
		for j := i + 1; j < len(same); j++ {
			if persons[i].id != persons[j].id && persons[i].collides(&persons[j]) {
				colliding[i], colliding[j] = true, true
				if first < 0 || i < first {
					first = i
				}
			}
		}
	}
	if first < 0 {
		return nil
	}
	var all []Verdict
	group := strconv.FormatInt(same[first].Output, 10)
	for i, m := range same {
		if colliding[i] {
			all = append(all, Verdict{Member: m, Group: group, Findings: []Found{{"patient_id", record.Finding{Rule: "DED-3",
				Severity: record.Error, Message: "this identifier belongs to different persons; all are kept, see collision_group"}}}})
		}
	}
	return all
}

// person is what tells patients apart.
type person struct {
	id                int // equal for records that say the same
	first, last, born string
}

// persons numbers what the records say, so that repeats are compared once.
func (s *Shape) persons(same []*Member) []person {
	ids := map[person]int{}
	all := make([]person, len(same))
	for i, m := range same {
		var p person
		p.first, p.last = s.key(m, "first_name"), s.key(m, "last_name")
		p.born, _ = s.Text(m, "birth_date")
		if _, ok := ids[p]; !ok {
			ids[p] = len(ids)
		}
		all[i] = p
		all[i].id = ids[p]
	}
	return all
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
