package cross

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Member is a record that shares a key hash with others.
type Member struct {
	// Order is its place in the order of output, Number its number in the file, Output the one it bears in the output.
	Order, Number, Output int64
	// Key is its key.
	Key string
	// Failed tells that it carries an error already.
	Failed bool
	// Texts are the texts of its fields, canonical ones first, then what passes through; null is absent from Has.
	Texts []string
	Has   []bool
	// Kept tells which fields could not be standardized.
	Kept []bool
}

// Shape names the fields of members.
type Shape struct {
	Entity    string
	Fields    []string
	Canonical int // of Fields, how many are canonical
	slots     []int
}

// NewShape makes the shape of the members of a plan.
func NewShape(p *plan.Plan) *Shape {
	s := &Shape{Entity: p.Entity.Name}
	for _, kind := range []bool{true, false} {
		for _, out := range p.Layout {
			canonical := out.Kind == entity.OutField || out.Kind == entity.OutDerived
			if canonical != kind || !canonical && out.Kind != entity.OutPass || isMark(out.Name) {
				continue
			}
			s.Fields, s.slots = append(s.Fields, out.Name), append(s.slots, out.Slot)
		}
		if kind {
			s.Canonical = len(s.Fields)
		}
	}
	return s
}

func isMark(name string) bool {
	return name == "panel_id" || name == "collision_group" || name == "superseded_by"
}

// Member copies a record out of a table.
func (s *Shape) Member(t *plan.Table, i int, order int64, key []byte) *Member {
	m := &Member{Order: order, Number: t.Numbers[i], Output: t.Outputs[i], Key: string(key), Failed: t.Failed[i]}
	for _, slot := range s.slots {
		v := t.Values[slot][i]
		m.Texts = append(m.Texts, string(v.Text))
		m.Has = append(m.Has, v.Text != nil)
		m.Kept = append(m.Kept, v.Outcome == record.Kept)
	}
	return m
}

// Text returns the text of a field; not ok: null, or the file does not have it.
func (s *Shape) Text(m *Member, field string) (text string, ok bool) {
	for i, f := range s.Fields[:s.Canonical] {
		if f == field {
			return m.Texts[i], m.Has[i]
		}
	}
	return "", false
}

// filled counts the canonical fields that are not null.
func (s *Shape) filled(m *Member) int {
	n := 0
	for _, has := range m.Has[:s.Canonical] {
		if has {
			n++
		}
	}
	return n
}

// saysNothingNew tells that each field of later that is not null, own id aside, equals that of first.
func (s *Shape) saysNothingNew(later, first *Member) bool {
	for i, f := range s.Fields {
		if later.Has[i] && f != ownID[s.Entity] && (!first.Has[i] || first.Texts[i] != later.Texts[i]) {
			return false
		}
	}
	return true
}
