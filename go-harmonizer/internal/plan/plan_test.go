package plan

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var params = rule.Params{AsOf: rule.Date{Year: 2026, Month: 11, Day: 20}, DefaultCountry: "US"}

// compile makes the plan of an entity for some headers.
func compile(e *entity.Entity, headers []string, o Operation, harmonized bool) *Plan {
	m := entity.Map(e, headers, entity.Options{Entity: e.Name, Harmonized: harmonized, Syntax: func(int, string) bool { return true }})
	return New(&m, Settings{Operation: o, Params: &params, Harmonized: harmonized})
}

// batch is one row of the same text under every header.
func batch(headers []string, text string) *record.Batch {
	b := &record.Batch{Data: []byte(text), Rows: 1, Index: []uint32{0}, Raw: []record.Span{{Len: uint32(len(text))}}}
	for range headers {
		b.Cells = append(b.Cells, []record.Span{{Len: uint32(len(text))}})
	}
	return b
}

// headersOf are sets of headers that a file may have: all fields, each field alone, each pair of neighbours, all wide columns.
func headersOf(e *entity.Entity) [][]string {
	var all, wide []string
	for i := range e.Fields {
		all = append(all, e.Fields[i].Name)
	}
	for i := range e.Wide {
		wide = append(wide, e.Wide[i].Name)
	}
	sets := [][]string{all, append([]string{"patient_id"}, wide...)}
	for i, name := range all {
		sets = append(sets, []string{name}, []string{name, all[(i+1)%len(all)]})
	}
	return sets
}

// Whatever columns a file has, its rules find an order, and run.
func TestEveryEntityCompilesForEveryFile(t *testing.T) {
	for _, e := range entity.All() {
		for _, headers := range headersOf(e) {
			for _, o := range []Operation{Harmonize, Clean, Standardize, Validate} {
				for _, harmonized := range []bool{false, true} {
					p := compile(e, headers, o, harmonized)
					w := NewWorker(p)
					for _, text := range []string{"", "N/A", "120/80", "2024-03-05", "male", "\u00e9"} {
						checkTable(t, w.Run(batch(headers, text), []uint32{0}, 1, Neighbours{}), p)
					}
				}
			}
		}
	}
}

// checkTable holds a table to what its readers rely on.
func checkTable(t *testing.T, table *Table, p *Plan) {
	t.Helper()
	n := len(table.Refs)
	if len(table.Numbers) != n || len(table.Outputs) != n || len(table.Failed) != n || n == 0 && len(table.Empty) != 1 {
		t.Errorf("%s: %d records, %d numbers", p.Entity.Name, n, len(table.Numbers))
	}
	for s, values := range table.Values {
		if len(values) != n {
			t.Fatalf("%s.%s: %d values of %d records", p.Entity.Name, p.slots[s].name, len(values), n)
		}
		for _, v := range values {
			if v == nil || v.Text != nil && len(v.Text) == 0 {
				t.Errorf("%s.%s: a value is nil, or an empty text", p.Entity.Name, p.slots[s].name)
			}
		}
	}
	for _, out := range p.Layout {
		if out.Slot < 0 && out.Kind != entity.OutRecordNo && out.Kind != entity.OutRecordStatus {
			t.Errorf("%s.%s has no slot", p.Entity.Name, out.Name)
		}
	}
}

// A slot comes after all that it reads.
func TestSlotsComeAfterWhatTheyRead(t *testing.T) {
	for _, e := range entity.All() {
		p := compile(e, headersOf(e)[0], Harmonize, false)
		place := map[int]int{}
		for i, s := range p.order {
			if _, twice := place[s]; twice {
				t.Errorf("%s.%s is computed twice", e.Name, p.slots[s].name)
			}
			place[s] = i
		}
		if len(place) != len(p.slots) {
			t.Errorf("%s: %d of %d slots are computed", e.Name, len(place), len(p.slots))
		}
		for s := range p.slots {
			for _, peer := range p.slots[s].peers {
				if peer >= 0 && place[peer] > place[s] {
					t.Errorf("%s.%s is computed before %s, which it reads", e.Name, p.slots[s].name, p.slots[peer].name)
				}
			}
		}
	}
}
