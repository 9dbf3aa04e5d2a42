package cross

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// valueOf are the fields whose values rule DED-4 compares, by entity.
var valueOf = map[string]string{"lab_result": "result_value", "vital": "value"}

// conflicts reports records that are alike but for their value (rule DED-4): the later one is warned of, and of those with one
// identifier the ones whose status counts less are superseded. All are kept.
func (s *Shape) conflicts(alike []*Member) []Verdict {
	field := valueOf[s.Entity]
	if field == "" || len(alike) < 2 {
		return nil
	}
	other := s.firstOther(alike, field)
	if other == len(alike) {
		return nil
	}
	best := s.best4(alike)
	var all []Verdict
	for i, m := range alike {
		v := Verdict{Member: m}
		if i >= other {
			v.Findings = append(v.Findings, found4(m, s.against(alike, i, other, field), field))
		}
		if top := best[s.own(m)]; top != nil && s.rank(m) > 0 && s.rank(top) > s.rank(m) && s.differ(top, m, field) {
			v.SupersededBy = top.mark(spans(alike))
			v.Findings = append(v.Findings, superseded)
		}
		if len(v.Findings) > 0 {
			all = append(all, v)
		}
	}
	return all
}

// firstOther returns the position of the first record whose value is not that of the first; the length when there is none.
func (s *Shape) firstOther(alike []*Member, field string) int {
	for i, m := range alike {
		if s.differ(alike[0], m, field) {
			return i
		}
	}
	return len(alike)
}

// against returns the first record with another value than the i-th; other is the first whose value is not that of the first.
func (s *Shape) against(alike []*Member, i, other int, field string) *Member {
	if s.differ(alike[0], alike[i], field) {
		return alike[0]
	}
	return alike[other]
}

func found4(m, other *Member, field string) Found {
	return Found{Field: field, Finding: record.Finding{Rule: "DED-4", Severity: record.Warning,
		Message: "another value than in " + other.named(m) + " for the same time; both are kept"}}
}

var superseded = Found{Field: "superseded_by", Finding: record.Finding{Rule: "DED-4", Severity: record.Information,
	Outcome: record.Changed, Message: "superseded by a record of the same identifier whose status counts more"}}

func (s *Shape) differ(a, b *Member, field string) bool {
	x, _ := s.Text(a, field)
	y, _ := s.Text(b, field)
	return x != y
}

// ranks say which status of a result counts more (rule DED-4).
var ranks = map[string]int{"preliminary": 1, "final": 2, "corrected": 3}

func (s *Shape) rank(m *Member) int {
	status, _ := s.Text(m, "status")
	return ranks[status]
}

// own returns the identifier of a record itself, empty when it has none.
func (s *Shape) own(m *Member) string {
	id, _ := s.Text(m, ownID[s.Entity])
	return id
}

// best4 returns, by identifier, the record whose status counts most; the latest of several.
func (s *Shape) best4(alike []*Member) map[string]*Member {
	best := map[string]*Member{}
	for _, m := range alike {
		if id := s.own(m); id != "" && (best[id] == nil || s.rank(m) >= s.rank(best[id])) {
			best[id] = m
		}
	}
	return best
}
