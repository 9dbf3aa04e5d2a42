package encode

import (
	"fmt"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

var params = rule.Params{AsOf: rule.Date{Year: 2026, Month: 11, Day: 20}, DefaultCountry: "US"}

// bench is a table of an entity, with what made it.
type bench struct {
	plan   *plan.Plan
	worker *plan.Worker
	table  *plan.Table
}

// newBench standardizes rows; settings without parameters get the usual ones.
func newBench(name string, s plan.Settings, headers []string, rows [][]string) *bench {
	e, _ := entity.Named(name)
	m := entity.Map(e, headers, entity.Options{Entity: name, Syntax: func(int, string) bool { return true }})
	if s.Params == nil {
		s.Params = &params
	}
	p := plan.New(&m, s)
	w := plan.NewWorker(p)
	batch := &record.Batch{Rows: len(rows)}
	batch.Reset(len(headers))
	var all []uint32
	for i, row := range rows {
		start := uint32(len(batch.Data))
		for c, cell := range row {
			batch.Cells[c] = append(batch.Cells[c], record.Span{Off: uint32(len(batch.Data)), Len: uint32(len(cell))})
			batch.Data = append(batch.Data, cell...)
		}
		batch.Raw = append(batch.Raw, record.Span{Off: start, Len: uint32(len(batch.Data)) - start})
		batch.Index, all = append(batch.Index, uint32(i)), append(all, uint32(i))
	}
	batch.Rows = len(rows)
	return &bench{p, w, w.Run(batch, all, 1, plan.Neighbours{})}
}

// people are records of patients as they come: some columns clean, some to be standardized, some kept.
func people(n int) (headers []string, rows [][]string) {
	headers = []string{"patient_id", "first_name", "last_name", "dob", "gender", "race", "phone", "email", "address", "city", "state", "zip",
		"favourite_color"}
	for i := range n {
		rows = append(rows, []string{fmt.Sprintf("P%06d", i), []string{"Ann", "bob", "Eve "}[i%3], fmt.Sprintf("Smith%d", i%97),
			fmt.Sprintf("19%02d-%02d-%02d", 30+i%60, 1+i%12, 1+i%28), []string{"M", "F", "x?"}[i%3], []string{"White", "asian"}[i%2],
			fmt.Sprintf("617-555-%04d", i%10000), fmt.Sprintf("a%d@example.org", i), fmt.Sprintf("%d Main St", i), "Boston", "MA", "02134",
			"blue"})
	}
	return headers, rows
}

func BenchmarkEncode(b *testing.B) {
	headers, rows := people(1000)
	for name, o := range map[string]Options{"csv": {Safe: true}, "csv, hashes": {Safe: true, Hashes: true}, "ndjson": {Format: NDJSON},
		"csv, lineage": {Safe: true, Lineage: true}} {
		b.Run(name, func(b *testing.B) {
			x := newBench("patient", plan.Settings{}, headers, rows)
			e, block := New(x.plan, x.worker, o), &Block{}
			b.ReportAllocs()
			for b.Loop() {
				e.Encode(x.table, block)
			}
		})
	}
}
