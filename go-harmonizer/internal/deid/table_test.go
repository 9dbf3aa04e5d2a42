package deid

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func visits(n int) [][]string {
	var rows [][]string
	for i := range n {
		rows = append(rows, []string{fmt.Sprintf("E%d", i), fmt.Sprintf("P%d", i%7), "inpatient", fmt.Sprintf("2024-03-%02dT10:00:00Z", 1+i%28),
			fmt.Sprintf("fell %d", i), "payer 1"})
	}
	return rows
}

var visitHeaders = []string{"encounter_id", "patient_id", "class", "start", "reasondescription", "payer"}

// The values of a table do not disturb each other, nor those of the next table.
func TestTablesFollowEachOther(t *testing.T) {
	f := standardize(t, "encounter", false, visitHeaders, visits(1500)...)
	d := New(f.plan, f.worker, testKey)
	var first []string
	for round := range 3 {
		f.table = again(f, visitHeaders, visits(1500))
		d.Apply(f.table)
		var all []string
		for i := range 1500 {
			for _, field := range []string{"encounter_id", "patient_id", "class", "start_datetime", "reason_text", "payer"} {
				v := f.value(field, i)
				all = append(all, show(v), fmt.Sprint(rules(v)))
			}
		}
		if round == 0 {
			first = all
		} else if fmt.Sprint(first) != fmt.Sprint(all) {
			t.Fatal("another round, other values")
		}
	}
	people := map[string]bool{}
	for i := range 1500 {
		people[show(f.value("patient_id", i))] = true
	}
	if len(people) != 7 {
		t.Errorf("%d patients", len(people))
	}
}

// again runs the worker of a file over the same rows, as the next batch.
func again(f *file, headers []string, rows [][]string) *plan.Table {
	b, numbers := &record.Batch{}, []uint32{}
	b.Reset(len(headers))
	for i, row := range rows {
		for c, cell := range row {
			b.Cells[c] = append(b.Cells[c], record.Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
			b.Data = append(b.Data, cell...)
		}
		b.Raw, b.Index, numbers = append(b.Raw, record.Span{}), append(b.Index, uint32(i)), append(numbers, uint32(i))
	}
	b.Rows = len(rows)
	return f.worker.Run(b, numbers, 1, plan.Neighbours{})
}

// What was found wrong with the source is still told, after what was done about it.
func TestFindingsOfTheSourceStay(t *testing.T) {
	f := standardize(t, "patient", false, []string{"patient_id", "ssn"}, []string{"P1", "666-12-3456"}).apply(testKey)
	v := f.value("ssn", 0)
	told := len(v.Findings) == 2 && v.Findings[0].Rule == "VAL-SSN-1" && v.Findings[1].Rule == "DEID-1"
	if !told || v.Absent != record.Masked || v.Worst != record.Error {
		t.Errorf("%+v", v)
	}
}

// Blocks never hand out what is in use.
func TestBlocksDoNotOverlap(t *testing.T) {
	var b blocks[byte]
	for range 3 {
		var all [][]byte
		for n := range 300 {
			piece := append(b.take(n*3), bytes.Repeat([]byte{byte(n)}, n*3)...)
			all = append(all, piece)
		}
		for n, piece := range all {
			if !bytes.Equal(piece, bytes.Repeat([]byte{byte(n)}, n*3)) {
				t.Fatalf("piece %d was overwritten", n)
			}
		}
		b.reset()
	}
}

func BenchmarkApply(b *testing.B) {
	f := standardize(b, "encounter", false, visitHeaders, visits(1000)...)
	d := New(f.plan, f.worker, testKey)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		f.table = again(f, visitHeaders, visits(1000))
		b.StartTimer()
		d.Apply(f.table)
	}
}
