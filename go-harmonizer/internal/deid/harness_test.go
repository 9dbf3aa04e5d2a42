package deid

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	params  = rule.Params{AsOf: rule.Date{Year: 2026, Month: 11, Day: 20}, DefaultCountry: "US"}
	testKey = mustKey("sixteen bytes or more")
)

func mustKey(text string) Key {
	k, err := NewKey([]byte(text))
	if err != nil {
		panic(err)
	}
	return k
}

// file is standardized records.
type file struct {
	plan   *plan.Plan
	worker *plan.Worker
	table  *plan.Table
}

// standardize takes rows of an entity through its rules, as the first file of a job that de-identifies.
func standardize(t testing.TB, name string, harmonized bool, headers []string, rows ...[]string) *file {
	t.Helper()
	e, ok := entity.Named(name)
	if !ok {
		t.Fatalf("no entity %s", name)
	}
	m := entity.Map(e, headers, entity.Options{Entity: name, Harmonized: harmonized, Syntax: func(int, string) bool { return true }})
	p := plan.New(&m, plan.Settings{Params: &params, Harmonized: harmonized, Deidentify: true})
	w := plan.NewWorker(p)
	b, numbers := &record.Batch{}, []uint32{}
	b.Reset(len(headers))
	b.Rows = len(rows)
	for i, row := range rows {
		for c, cell := range row {
			b.Cells[c] = append(b.Cells[c], record.Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
			b.Data = append(b.Data, cell...)
		}
		b.Raw, b.Index, numbers = append(b.Raw, record.Span{}), append(b.Index, uint32(i)), append(numbers, uint32(i))
	}
	return &file{p, w, w.Run(b, numbers, 1, plan.Neighbours{})}
}

// apply transforms the records with a key.
func (f *file) apply(key Key) *file {
	New(f.plan, f.worker, key).Apply(f.table)
	return f
}

// value returns what a field of a record became; nil: the column is not written.
func (f *file) value(field string, i int) *record.Value {
	for _, out := range f.plan.Written {
		if out.Name == field && out.Slot >= 0 {
			return f.table.Values[out.Slot][i]
		}
	}
	return nil
}

// one returns the text of a field of a file with one record; "null" and "dropped" stand for themselves.
func (f *file) one(field string) string { return show(f.value(field, 0)) }

func show(v *record.Value) string {
	switch {
	case v == nil:
		return "dropped"
	case v.Text == nil:
		return "null"
	}
	return string(v.Text)
}

// rules returns the ids of this package's findings about a value.
func rules(v *record.Value) (ids []string) {
	for _, f := range v.Findings {
		if len(f.Rule) > 5 && f.Rule[:5] == "DEID-" {
			ids = append(ids, f.Rule)
		}
	}
	return ids
}
