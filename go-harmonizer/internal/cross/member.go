package cross

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Member is a record that shares a key hash with others.
type Member struct {
	// Order is its place in the order of output, Number its number in the file, Output the one it bears in the output.
	Order, Number, Output int64
	// File is the ordinal of its file in a job of several, from 1, and FileName that file's name; 0: the job has one.
	File     int
	FileName string
	// Key is its key.
	Key string
	// Failed tells that it carries an error already.
	Failed bool
	// Born is the birth date that other files of the job know of its patient, empty: none.
	Born string
	// Texts are the texts of its fields, canonical ones first, then what passes through; null is absent from Has.
	Texts []string
	Has   []bool
	// Kept tells which fields could not be standardized, Wrong which carry an error, be it that another field contradicts them.
	Kept, Wrong []bool
	// Lacks tells which fields the record's file does not have.
	Lacks []bool
	// Halved tells that it is half of a blood pressure and carries an error that is not that of a field alone.
	Halved bool
}

// named names a record to a reader of the issues of another.
func (m *Member) named(to *Member) string {
	if m.File == to.File {
		return "record " + strconv.FormatInt(m.Number, 10)
	}
	return fmt.Sprintf("record %d of %q", m.Number, m.FileName)
}

// mark is what names a record in an output column; spans tells that records of other files are told from it.
func (m *Member) mark(spans bool) string {
	if !spans {
		return strconv.FormatInt(m.Output, 10)
	}
	return strconv.Itoa(m.File) + ":" + strconv.FormatInt(m.Output, 10)
}

// spans tells that records are of several files.
func spans(all []*Member) bool {
	return slices.ContainsFunc(all, func(m *Member) bool { return m.File != all[0].File })
}

// Shape names the fields of members.
type Shape struct {
	Entity    string
	Fields    []string
	Canonical int // of Fields, how many are canonical
	entity    *entity.Entity
	slots     map[*plan.Plan][]int // by field, -1: the file has none
}

// NewShape makes the shape of the members of plans of one entity.
func NewShape(plans ...*plan.Plan) *Shape {
	s := &Shape{Entity: plans[0].Entity.Name, entity: plans[0].Entity, slots: map[*plan.Plan][]int{}}
	for i := range s.entity.Fields {
		if name := s.entity.Fields[i].Name; !isMark(name) && s.shown(plans, name) {
			s.Fields = append(s.Fields, name)
		}
	}
	s.Canonical = len(s.Fields)
	for _, p := range plans {
		for _, out := range p.Layout {
			if out.Kind == entity.OutPass && !isMark(out.Name) && !slices.Contains(s.Fields[s.Canonical:], out.Name) {
				s.Fields = append(s.Fields, out.Name)
			}
		}
	}
	for _, p := range plans {
		s.slots[p] = s.bind(p)
	}
	return s
}

// shown tells that the output of a plan has a field.
func (s *Shape) shown(plans []*plan.Plan, name string) bool {
	return slices.ContainsFunc(plans, func(p *plan.Plan) bool {
		return slices.ContainsFunc(p.Layout, func(out plan.Out) bool { return isField(out) && out.Name == name })
	})
}

func isField(out plan.Out) bool { return out.Kind == entity.OutField || out.Kind == entity.OutDerived }

func (s *Shape) bind(p *plan.Plan) []int {
	slots := slices.Repeat([]int{-1}, len(s.Fields))
	for _, out := range p.Layout {
		fields, first := s.Fields[s.Canonical:], s.Canonical
		if isField(out) {
			fields, first = s.Fields[:s.Canonical], 0
		} else if out.Kind != entity.OutPass {
			continue
		}
		if i := slices.Index(fields, out.Name); i >= 0 {
			slots[first+i] = out.Slot
		}
	}
	return slots
}

// Slot returns the slot of a field of the shape in a plan, -1: the plan has none.
func (s *Shape) Slot(p *plan.Plan, field int) int { return s.slots[p][field] }

func isMark(name string) bool {
	return name == "panel_id" || name == "collision_group" || name == "superseded_by"
}

// Member copies a record out of a table.
func (s *Shape) Member(t *plan.Table, i int, order int64, key []byte) *Member {
	m := &Member{Order: order, Number: t.Numbers[i], Output: t.Outputs[i], Key: string(key), Failed: t.Failed[i]}
	flawed := t.IsFlawed(i)
	for _, slot := range s.slots[t.Plan] {
		v := record.Null
		if slot >= 0 {
			v = t.Values[slot][i]
		}
		m.Texts = append(m.Texts, string(v.Text))
		m.Has = append(m.Has, v.Text != nil)
		m.Kept = append(m.Kept, v.Outcome == record.Kept)
		m.Wrong = append(m.Wrong, v.Worst == record.Error || flawed && contradicted(t, i, slot))
		m.Lacks = append(m.Lacks, slot < 0)
	}
	m.Halved = flawed && t.OtherHalf(i).Text != nil
	return m
}

// contradicted tells that a slot of a record carries an error that no value holds.
func contradicted(t *plan.Table, i, slot int) bool {
	return slices.ContainsFunc(t.Extra, func(x plan.Extra) bool {
		return x.Record == i && x.Slot == slot && slot >= 0 && x.Finding.Severity == record.Error
	})
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
