package cross

import (
	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// GrowthKeys finds the records that rule VAL-VIT-3 looks at: weights, heights and body mass indexes without an error.
type GrowthKeys struct{ patient, kind int }

// NewGrowthKeys binds the fields to a plan; nil: its records are no vital signs of patients.
func NewGrowthKeys(p *plan.Plan) *GrowthKeys {
	k := &GrowthKeys{p.Slot("patient_id"), p.Slot("vital_type")}
	if p.Entity.Name != "vital" || k.patient < 0 || k.kind < 0 || p.Slot("effective_datetime") < 0 {
		return nil
	}
	return k
}

// Hash returns the hash of the patient of a record; not ok: the rule does not look at it.
func (k *GrowthKeys) Hash(t *plan.Table, i int) (hash uint64, ok bool) {
	patient := k.Key(t, i)
	if patient == nil || t.Failed[i] || growthUnits[string(t.Values[k.kind][i].Text)] == "" {
		return 0, false
	}
	return xxh3.Hash(patient), true
}

// Key returns the patient of a record; nil: unknown.
func (k *GrowthKeys) Key(t *plan.Table, i int) []byte { return t.Values[k.patient][i].Text }

// JudgeGrowth is rule VAL-VIT-3 for members whose keys, their patients, share a hash.
func (s *Shape) JudgeGrowth(group []*Member) []Verdict {
	var all []Verdict
	for _, same := range by(group, (*Member).key) {
		records := make([]Growth, len(same))
		for i, m := range same {
			records[i] = s.growth(m)
		}
		found := JudgeGrowth(records)
		for i, m := range same {
			if f, ok := found[i]; ok {
				all = append(all, Verdict{Member: m, Findings: []Found{{Field: "value", Finding: f}}})
			}
		}
	}
	return all
}

func (s *Shape) growth(m *Member) Growth {
	g := Growth{Order: m.Order, Flawed: m.Failed}
	g.Type, _ = s.Text(m, "vital_type")
	g.Value, _ = s.Text(m, "value")
	g.Unit, _ = s.Text(m, "unit")
	g.Effective, _ = s.Text(m, "effective_datetime")
	g.Age, g.AgeKnown = age(m.Born, g.Effective)
	return g
}

// age returns the whole years between two days; not ok: one of the dates names no day.
func age(born, then string) (years int, ok bool) {
	var from, to instant
	if !from.parse(born) || !to.parse(then) {
		return 0, false
	}
	years = number(then[:4]) - number(born[:4])
	if then[5:10] < born[5:10] {
		years--
	}
	return years, true
}
