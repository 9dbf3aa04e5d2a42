package plan

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// labHeaders and labRow are a small hospital's export: units and flags spelt in many ways, dates that are nearly all different.
var labHeaders = []string{"patient_id", "test_name", "test_date", "result_value", "reference_range", "unit", "abnormal_flag", "ordering_provider"}

var labTests = []struct {
	names, units []string
	limits       string
	low, high    float64
	places       int
}{
	{[]string{"Blood Glucose", "BLOOD GLUCOSE", "Glucose"}, []string{"mg/dL", "MG/DL", "mg/dl"}, "70-99", 60, 180, 1},
	{[]string{"Hemoglobin A1C", "HEMOGLOBIN A1C"}, []string{"%", "percent"}, "4.0-5.6", 4, 11, 1},
	{[]string{"Potassium", "potassium "}, []string{"mmol/L", "mEq/L", "mmol/l"}, "3.5-5.1", 3, 6, 1},
	{[]string{"Thyroid Stimulating Hormone", "TSH"}, []string{"mIU/L", "uIU/mL"}, "0.4-4.0", 0.1, 9, 2},
	{[]string{"Platelets"}, []string{"K/uL", "10^3/uL", "thou/uL"}, "150-400", 90, 520, 0},
	{[]string{"Urine Ketones"}, []string{"", "N/A"}, "Negative", 0, 0, 0},
}

var labDates = []string{"%02[2]d/%02[3]d/%[1]d %02[4]d:%02[5]d PM", "%02[3]d.%02[2]d.%[1]d %02[4]d:%02[5]d", "%[1]d-%02[2]d-%02[3]d %02[4]d:%02[5]d:30",
	"%[1]d%02[2]d%02[3]d%02[4]d%02[5]d00", "%02[3]d-Mar-%[1]d %02[4]d:%02[5]d"}

var labFlags = []string{"N", "Normal", "normal", "H", "High", "L", "Low", "Abnormal", "A", "Critical High", "HH", ""}

func labRow(r *rand.Rand) []string {
	test := &labTests[r.IntN(len(labTests))]
	value := fmt.Sprintf("%s%.*f", []string{"", "", "", "", "", "", "", "<"}[r.IntN(8)], test.places, test.low+(test.high-test.low)*r.Float64())
	if test.high == 0 || r.IntN(30) == 0 {
		value = []string{"Negative", "Positive", "N/A", ""}[r.IntN(4)]
	}
	date := fmt.Sprintf(labDates[r.IntN(len(labDates))], 2024+r.IntN(2), 1+r.IntN(12), 1+r.IntN(28), 1+r.IntN(11), r.IntN(60))
	patient := r.IntN(60_000)
	return []string{fmt.Sprintf("PT-%06d-%02d", patient, patient%97), test.names[r.IntN(len(test.names))], date, value, test.limits,
		test.units[r.IntN(len(test.units))], labFlags[r.IntN(len(labFlags))], fmt.Sprintf("PROV%05d", r.IntN(4000))}
}

// labBatches are batches of a file of labs, cut as the parser cuts them.
func labBatches(count, rows int) []*record.Batch {
	random := rand.New(rand.NewPCG(1, 2))
	var all []*record.Batch
	for range count {
		b := &record.Batch{Rows: rows}
		b.Reset(len(labHeaders))
		b.Rows = rows
		for i := range rows {
			start := uint32(len(b.Data))
			for c, cell := range labRow(random) {
				b.Cells[c] = append(b.Cells[c], record.Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
				b.Data = append(b.Data, cell...)
			}
			b.Raw = append(b.Raw, record.Span{Off: start, Len: uint32(len(b.Data)) - start})
			b.Index = append(b.Index, uint32(i))
		}
		all = append(all, b)
	}
	return all
}

// labPlan is a plan for labs that is weighed by the batches.
func labPlan(batches []*record.Batch, s Settings) *Plan {
	e, _ := entity.Named("lab_result")
	m := entity.Map(e, labHeaders, entity.Options{Entity: e.Name, Syntax: func(int, string) bool { return true }})
	s.Params = &params
	p := New(&m, s)
	for _, w := range p.Weighed() {
		for _, std := range w.Standardizers {
			if std.Weigh == nil {
				continue
			}
			w.Column.Weigher = std.Weigh(w.Column)
			for _, b := range batches {
				for i := range b.Rows {
					if cell := b.Cell(w.Source, i); len(cell) > 0 {
						w.Column.Weigher.Add(cell, 1)
					}
				}
			}
			break
		}
	}
	return p
}

func rowsOf(b *record.Batch) []uint32 {
	rows := make([]uint32, b.Rows)
	for i := range rows {
		rows[i] = uint32(i)
	}
	return rows
}

// A worker that has met a batch before allocates nothing for it, whether it remembers or not.
func TestAWorkerDoesNotAllocate(t *testing.T) {
	batches := labBatches(2, 500)
	for _, plain := range []bool{false, true} {
		w, all := NewWorker(labPlan(batches, Settings{Plain: plain})), rowsOf(batches[0])
		run := func() {
			for _, b := range batches {
				w.Run(b, all, 1, Neighbours{})
			}
		}
		for range 5 {
			run()
		}
		if n := testing.AllocsPerRun(5, run); n > 0 {
			t.Errorf("plain %v: %v allocations", plain, n)
		}
	}
}

// A table says of no slot that it lacks what one of its values is.
func TestTraitsHoldForAllValues(t *testing.T) {
	batches := labBatches(3, 300)
	w := NewWorker(labPlan(batches, Settings{}))
	for _, b := range batches {
		table := w.Run(b, rowsOf(b), 1, Neighbours{})
		for s, values := range table.Values {
			all := record.Traits(0)
			for _, v := range values {
				own := *v
				own.Sum()
				if own.Traits != v.Traits {
					t.Fatalf("%s: %b, want %b", w.plan.slots[s].name, v.Traits, own.Traits)
				}
				all |= own.Traits
			}
			if all != table.Traits[s] {
				t.Errorf("%s: %b, want %b", w.plan.slots[s].name, table.Traits[s], all)
			}
		}
	}
}

// BenchmarkWorker standardizes labs; an iteration is a batch, and the time of a record is told as well.
func BenchmarkWorker(b *testing.B) {
	const rows = 7000
	batches := labBatches(32, rows)
	for name, plain := range map[string]bool{"remembering": false, "plain": true} {
		b.Run(name, func(b *testing.B) {
			w, all := NewWorker(labPlan(batches, Settings{Plain: plain})), rowsOf(batches[0])
			for _, batch := range batches {
				w.Run(batch, all, 1, Neighbours{})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				w.Run(batches[i%len(batches)], all, 1, Neighbours{})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/record")
		})
	}
}
