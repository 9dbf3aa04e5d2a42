package encode

import (
	"slices"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// origin is where a column comes from.
type origin struct {
	slot  int   // whose cell it is, -1: none
	parts []int // columns that it is put together from
	// headers are those of the parts.
	headers string
	// from is the slot whose rule may fill it, -1: none does.
	from int
	rule LineageRule
	// sure tells that both fields name the rule; else what it said about the other field may tell more.
	sure bool
}

func originOf(p *plan.Plan, out plan.Out) origin {
	o := origin{slot: out.Slot, from: -1}
	if out.Slot < 0 || out.Kind != entity.OutField && out.Kind != entity.OutDerived {
		return o
	}
	var headers []string
	for _, part := range p.Mapping.Parts {
		if part.Field == out.Field && out.Column < 0 {
			o.parts = append(o.parts, part.Column)
			headers = append(headers, p.Mapping.Columns[part.Column].Header)
		}
	}
	o.headers = strings.Join(headers, "+")
	f := &p.Entity.Fields[out.Field]
	id, from := p.DerivedBy(out.Slot)
	for _, name := range append([]string{f.DerivedFrom}, f.FilledFrom...) {
		if from < 0 && name != "" {
			from = p.Slot(name)
		}
	}
	if from < 0 {
		return o
	}
	o.from = from
	if k := p.Entity.Field(p.SlotName(from)); k >= 0 {
		if shared := sharedRule(f, &p.Entity.Fields[k]); shared != "" {
			id, o.sure = shared, true
		}
	}
	if len(f.Std) > 0 && !o.sure && (id == "" || f.Derived()) {
		id = firstOf(f.Std[0])
	}
	o.rule = LineageRule{id, "derived from " + p.SlotName(from)}
	return o
}

// sharedRule returns the first rule of a field that is one of another's, too.
func sharedRule(f, other *entity.Field) string {
	for _, id := range f.Std {
		for _, theirs := range slices.Concat(other.Std, other.Val) {
			if family, ok := strings.CutSuffix(theirs, "*"); id == theirs || ok && strings.HasPrefix(id, family) {
				return firstOf(id)
			}
		}
	}
	return ""
}

// firstOf returns the id of a rule; a family is known by its first.
func firstOf(id string) string { return strings.Replace(id, "*", "1", 1) }
