package report

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// declaredField is a column that passes through as the field that the job declares it to be, nil: it declares nothing.
func declaredField(p *plan.Plan, out *plan.Out) *entity.Field {
	d := p.DeclaredAt(out.Slot)
	if d == nil {
		return nil
	}
	return &entity.Field{Name: out.Name, Type: d.Kind.Type(), Std: d.Std(), Val: d.Val()}
}
