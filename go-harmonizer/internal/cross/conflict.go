package cross

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// valueOf are the fields whose values rule DED-4 compares, by entity.
var valueOf = map[string]string{"lab_result": "result_value", "vital": "value"}

// conflicts reports records that are alike but for their value (rule DED-4): the later one is warned of, and of two with one
// identifier the one whose status counts less is superseded. All are kept.
func (s *Shape) conflicts(alike []*Member) []Verdict {
	field := valueOf[s.Entity]
	if field == "" || len(alike) < 2 {
		return nil
	}
	var all []Verdict
	for i, m := range alike {
		v := Verdict{Member: m}
		if other := s.differing(alike[:i], m, field); other != nil {
			v.Findings = append(v.Findings, Found{Field: field, Finding: record.Finding{Rule: "DED-4", Severity: record.Warning,
				Message: "another value than in " + other.named(m) + " for the same time; both are kept"}})
		}
		if best := s.superseding(alike, m, field); best != nil {
			v.SupersededBy = best.mark(spans(alike))
			v.Findings = append(v.Findings, Found{Field: "superseded_by", Finding: record.Finding{Rule: "DED-4", Severity: record.Information,
				Outcome: record.Changed, Message: "superseded by a record of the same identifier whose status counts more"}})
		}
		if len(v.Findings) > 0 {
			all = append(all, v)
		}
	}
	return all
}

// differing returns the first of earlier records with another value; nil: none.
func (s *Shape) differing(earlier []*Member, m *Member, field string) *Member {
	for _, other := range earlier {
		if s.differ(other, m, field) {
			return other
		}
	}
	return nil
}

func (s *Shape) differ(a, b *Member, field string) bool {
	x, _ := s.Text(a, field)
	y, _ := s.Text(b, field)
	return x != y
}

// ranks say which status of a result counts more (rule DED-4).
var ranks = map[string]int{"preliminary": 1, "final": 2, "corrected": 3}

// superseding returns the record that takes the place of another: of its identifier, with another value and the status that counts
// most; the latest of several. nil: none.
func (s *Shape) superseding(alike []*Member, m *Member, field string) *Member {
	var best *Member
	for _, other := range alike {
		if s.supersedes(other, m) && s.differ(other, m, field) && (best == nil || s.rank(other) >= s.rank(best)) {
			best = other
		}
	}
	return best
}

func (s *Shape) supersedes(a, b *Member) bool {
	x, has := s.Text(a, ownID[s.Entity])
	y, _ := s.Text(b, ownID[s.Entity])
	return has && x == y && s.rank(b) > 0 && s.rank(a) > s.rank(b)
}

func (s *Shape) rank(m *Member) int {
	status, _ := s.Text(m, "status")
	return ranks[status]
}
