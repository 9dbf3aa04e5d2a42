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

// labs are records of laboratory results as they come: moments that hardly repeat, units and flags that often do, some of them wrong.
func labs(n int) (headers []string, rows [][]string) {
	headers = []string{"patient_id", "test_name", "test_date", "result_value", "reference_range", "unit", "abnormal_flag", "ordering_provider"}
	for i := range n {
		rows = append(rows, []string{fmt.Sprintf("PT-%06d-%02d", i*7919%40000, i%97), []string{"Blood Glucose", "Sodium", "HbA1c", "Potassium"}[i%4],
			fmt.Sprintf("%02d/%02d/2024 %02d:%02d", 1+i%12, 1+i%28, i%24, i%60), fmt.Sprintf("%d.%d", 60+i%120, i%10),
			[]string{"70-99", "135-145", "4.0-5.6", "3.5-5.1"}[i%4], []string{"mg/dL", "mEq/L", "%", "", "furlong"}[i%5],
			[]string{"normal", "Abnormal", "H", "", "L"}[i%5], fmt.Sprintf("PROV%05d", i%3000)})
	}
	return headers, rows
}

// BenchmarkEncode writes batches; none of its ways may allocate once its buffers have grown.
func BenchmarkEncode(b *testing.B) {
	for _, name := range []string{"patient", "lab_result"} {
		headers, rows := people(6000)
		if name == "lab_result" {
			headers, rows = labs(6000)
		}
		x := newBench(name, plan.Settings{}, headers, rows)
		for _, way := range []struct {
			name    string
			options Options
		}{{"csv", Options{Safe: true}}, {"hashes", Options{Safe: true, Hashes: true}}, {"ndjson", Options{Format: NDJSON}},
			{"cells", Options{Safe: true, Cells: true}}, {"lineage", Options{Safe: true, Lineage: true}}} {
			b.Run(name+"/"+way.name, func(b *testing.B) {
				e, block := New(x.plan, x.worker, way.options), &Block{}
				b.ReportAllocs()
				for b.Loop() {
					e.Encode(x.table, block)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/record")
				b.ReportMetric(float64(len(block.Issues.Ends))/float64(len(rows)), "issues/record")
			})
		}
	}
}

// BenchmarkHash takes the hashes alone.
func BenchmarkHash(b *testing.B) {
	headers, rows := labs(6000)
	x := newBench("lab_result", plan.Settings{}, headers, rows)
	e, block := New(x.plan, x.worker, Options{Hashes: true}), &Block{}
	b.ReportAllocs()
	for b.Loop() {
		e.Hash(x.table, block)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/record")
}

// BenchmarkIssues gathers pages and writes the issues of their records alone.
func BenchmarkIssues(b *testing.B) {
	headers, rows := labs(6000)
	x := newBench("lab_result", plan.Settings{}, headers, rows)
	e, block := New(x.plan, x.worker, Options{File: "labs.csv"}), &Block{}
	b.ReportAllocs()
	for b.Loop() {
		block.reset(0)
		for from := 0; from < len(rows); from += e.page.size {
			e.turn(x.table, from)
			for i := from; i < e.page.to; i++ {
				e.number.set(x.table.Numbers[i])
				e.report(x.table, i, nil, block)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(block.Issues.Ends)), "ns/issue")
}
