package cross

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Setting is a field that takes the text of another record (rule DED-6).
type Setting struct {
	// Field is the position in the fields of the shape.
	Field int
	// From is the record whose text it takes.
	From *Member
}

// together are fields that are taken from one record, never mixed.
var together = [][]string{
	{"full_name", "first_name", "middle_name", "last_name", "prefix", "suffix"},
	{"address_line1", "address_line2", "city", "county", "state", "postal_code", "country"},
}

// decisive are the fields in which records of one person cannot differ.
var decisive = []string{"birth_date", "gender"}

const mergedMessage = "taken from another record of the same key"

// Merge makes one record of members: the first one takes the best text for each field, the others leave. Members that contradict each
// other in who they are stay as they are, with an error.
func (s *Shape) Merge(same []*Member, priority []string) []Verdict {
	if field := s.contradiction(same); field != "" {
		return refuse(same, field)
	}
	first := Verdict{Member: same[0]}
	for _, fields := range s.parts() {
		from := s.best(same, fields, priority)
		for _, f := range fields {
			if from != same[0] {
				s.take(&first, f, from)
			}
		}
	}
	all := []Verdict{first}
	for _, m := range same[1:] {
		all = append(all, removed(m, "DED-6", same[0]))
	}
	return all
}

// With returns a member with the texts that it takes.
func (s *Shape) With(m *Member, settings []Setting) *Member {
	out := *m
	out.Texts, out.Has = slices.Clone(m.Texts), slices.Clone(m.Has)
	for _, one := range settings {
		out.Texts[one.Field], out.Has[one.Field] = one.From.Texts[one.Field], one.From.Has[one.Field]
	}
	return &out
}

// take gives the record that stays a field of another; a field that its file does not have is told of.
func (s *Shape) take(first *Verdict, f int, from *Member) {
	m := first.Member
	found := record.Finding{Rule: "DED-6", Severity: record.Information, Outcome: record.Changed, Message: mergedMessage}
	switch {
	case from.Has[f] == m.Has[f] && from.Texts[f] == m.Texts[f]:
		return
	case m.Lacks[f]:
		found.Severity, found.Outcome = record.Warning, record.None
		found.Message = "has a value in " + from.named(m) + ", and no column in the file of the record that stays"
	default:
		first.Settings = append(first.Settings, Setting{f, from})
	}
	first.Findings = append(first.Findings, Found{Field: s.Fields[f], Finding: found})
}

func refuse(same []*Member, field string) []Verdict {
	var all []Verdict
	for _, m := range same {
		all = append(all, Verdict{Member: m, Findings: []Found{{Field: field, Finding: record.Finding{Rule: "DED-6", Severity: record.Error,
			Message: "records of one key differ here; they are not merged"}}}})
	}
	return all
}

// contradiction returns the field in which members cannot be one person, empty when there is none. Dates are compared at the
// precision they share.
func (s *Shape) contradiction(same []*Member) string {
	if s.Entity != "patient" {
		return ""
	}
	for _, field := range decisive {
		seen := ""
		for _, m := range same {
			i := slices.Index(s.Fields[:s.Canonical], field)
			if i < 0 || !m.Has[i] || m.Kept[i] || m.Texts[i] == "unknown" {
				continue
			}
			text := m.Texts[i]
			if !strings.HasPrefix(text, seen) && !strings.HasPrefix(seen, text) {
				return field
			}
			if len(text) > len(seen) {
				seen = text
			}
		}
	}
	return ""
}

// parts are the fields that are taken together: those of a name or an address, a field with what is derived from it, or one alone.
func (s *Shape) parts() [][]int {
	var all [][]int
	at := map[string]int{}
	for i, name := range s.Fields {
		head := name
		if i < s.Canonical {
			head = s.head(name)
		} else {
			head = "\x00" + name // What passes through may bear any name.
		}
		n, known := at[head]
		if !known {
			n = len(all)
			at[head], all = n, append(all, nil)
		}
		all[n] = append(all[n], i)
	}
	return all
}

// head names the part that a canonical field belongs to.
func (s *Shape) head(name string) string {
	f := &s.entity.Fields[s.entity.Field(name)]
	if f.Derived() {
		name = f.DerivedFrom
	}
	for _, fields := range together {
		if slices.Contains(fields, name) {
			return fields[0]
		}
	}
	return name
}

// best returns the member whose texts of a part are taken: of those that are not null, one whose texts were all standardized, then by
// the priority of files, the latest update, the longest text, the first.
func (s *Shape) best(same []*Member, fields []int, priority []string) *Member {
	best := same[0]
	for _, m := range same[1:] {
		if s.compare(m, best, fields, priority) > 0 {
			best = m
		}
	}
	return best
}

func (s *Shape) compare(a, b *Member, fields []int, priority []string) int {
	return cmp.Or(
		truth(a.any(a.Has, fields))-truth(b.any(b.Has, fields)),
		truth(b.any(b.Kept, fields))-truth(a.any(a.Kept, fields)),
		trust(b, priority)-trust(a, priority),
		cmp.Compare(s.updated(a), s.updated(b)),
		s.length(a, fields)-s.length(b, fields),
	)
}

func (m *Member) any(of []bool, fields []int) bool {
	return slices.ContainsFunc(fields, func(f int) bool { return of[f] })
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// trust is the place of a record's file among the trusted ones.
func trust(m *Member, priority []string) int {
	if i := slices.Index(priority, m.FileName); i >= 0 {
		return i
	}
	return len(priority)
}

// changed are names of columns that say when a record was last changed, beside the fields of the entity.
var changed = []string{"last_updated", "updated_at", "update_date", "updated_date", "last_modified", "modified_at", "modified_date",
	"update_dt_tm", "updt_dt_tm"}

// updated returns when a record was last changed as far as it says so in a form that can be compared, else nothing.
func (s *Shape) updated(m *Member) string {
	for i, name := range s.Fields {
		if m.Has[i] && len(m.Texts[i]) >= 10 && (slices.Contains(updated, name) || i >= s.Canonical && slices.Contains(changed, name)) {
			var t instant
			if t.parse(m.Texts[i]) {
				return m.Texts[i]
			}
		}
	}
	return ""
}

// length is how much the texts of a part say. Of identifiers none says more.
func (s *Shape) length(m *Member, fields []int) (n int) {
	for _, f := range fields {
		if m.Has[f] && !(f < s.Canonical && s.entity.Fields[s.entity.Field(s.Fields[f])].Type == "id") {
			n += utf8.RuneCountInString(m.Texts[f])
		}
	}
	return n
}
