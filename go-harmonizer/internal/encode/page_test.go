package encode

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// What is written does not depend on how many records are gathered at once, nor on what the encoder wrote before.
func TestPagesDoNotShow(t *testing.T) {
	for _, name := range []string{"patient", "lab_result"} {
		headers, rows := people(700)
		if name == "lab_result" {
			headers, rows = labs(700)
		}
		for i := 300; i < 600; i++ {
			rows[i][4], rows[i][5] = "", "" // Columns that some pages have and others do not.
		}
		rows[17][1], rows[650][1] = "=1+1", "a,\"b\"\n\\"
		for _, o := range []Options{{Safe: true, Hashes: true, Cells: true, Quarantine: true, Lineage: true}, {Format: NDJSON, Lineage: true, Private: true}} {
			x := newBench(name, plan.Settings{}, headers, rows)
			one, many := New(x.plan, x.worker, o), New(x.plan, x.worker, o)
			one.page.size = 1
			want, got := &Block{}, &Block{}
			one.Encode(x.table, want)
			for range 2 {
				many.Encode(x.table, got)
				compareBlocks(t, want, got)
			}
			checkCells(t, many, x.table, got)
		}
	}
}

func compareBlocks(t *testing.T, want, got *Block) {
	t.Helper()
	for part, texts := range map[string][2][]byte{"rows": {want.Rows, got.Rows}, "issues": {want.Issues.Text, got.Issues.Text},
		"lineage": {want.Lineage.Text, got.Lineage.Text}, "quarantine": {want.Quarantine.Text, got.Quarantine.Text}} {
		if !bytes.Equal(texts[0], texts[1]) {
			t.Errorf("%s differ", part)
		}
	}
	if !slices.Equal(want.Hashes, got.Hashes) || !slices.Equal(want.Ends, got.Ends) || !slices.Equal(want.Issues.Numbers, got.Issues.Numbers) ||
		!slices.Equal(want.Withdrawn, got.Withdrawn) || want.Errors != got.Errors || want.Warnings != got.Warnings {
		t.Error("hashes, ends or counts differ")
	}
}

// checkCells compares the cells of a block with what stands in the table.
func checkCells(t *testing.T, e *Encoder, table *plan.Table, b *Block) {
	t.Helper()
	for c, spans := range b.Cells.Spans {
		for i, s := range spans {
			want := textOf(e, table, c, i)
			if got := b.Cells.Text[s.Off : s.Off+s.Len]; s.Null != (want == nil) || !bytes.Equal(got, want) {
				t.Fatalf("column %d of record %d is %q, want %q", c, i, got, want)
			}
		}
	}
}

func textOf(e *Encoder, table *plan.Table, column, i int) []byte {
	switch out := &e.plan.Written[column]; out.Kind {
	case entity.OutSource:
		return e.sourceText(table, i, out)
	case entity.OutRecordNo:
		return strconv.AppendInt(nil, table.Outputs[i], 10)
	case entity.OutRecordStatus:
		return []byte(Status(e.plan, table.Failed[i]))
	default:
		return table.Values[out.Slot][i].Text
	}
}

func TestDigitsCount(t *testing.T) {
	var d digits
	for _, n := range []int64{0, 1, 2, 8, 9, 10, 11, 10, 98, 99, 100, 99, 100, 5, -1, 0, 1, -2, 999, 1000, math.MaxInt64 - 1, math.MaxInt64, math.MinInt64} {
		if d.set(n); string(d.text) != strconv.FormatInt(n, 10) {
			t.Errorf("%d is written %s", n, d.text)
		}
	}
}

// Records have the same hash where everything that is compared is the same, whichever other records stand beside them.
func TestHashesDependOnTheRecordAlone(t *testing.T) {
	headers, rows := labs(300)
	for i := range rows {
		rows[i] = slices.Clone(rows[i%150]) // Pairs of equal records.
	}
	rows[0][5], rows[150][4] = "", ""
	all := hashesOf(headers, rows)
	if all[0] == all[150] {
		t.Error("records that differ have one hash")
	}
	for i := 1; i < 150; i++ {
		if all[i] != all[i+150] || i > 1 && all[i] == all[i-1] {
			t.Fatalf("record %d", i)
		}
	}
	if alone := hashesOf(headers, rows[7:8]); alone[0] != all[7] {
		t.Error("the hash of a record depends on others")
	}
}

func hashesOf(headers []string, rows [][]string) []xxh3.Uint128 {
	x := newBench("lab_result", plan.Settings{}, headers, rows)
	b := &Block{}
	New(x.plan, x.worker, Options{Hashes: true}).Hash(x.table, b)
	return b.Hashes
}

// A block that has met as much before is filled without allocations.
func TestEncodingReusesItsBuffers(t *testing.T) {
	headers, rows := labs(300)
	x := newBench("lab_result", plan.Settings{}, headers, rows)
	for _, f := range []Format{CSV, NDJSON} {
		e, b := New(x.plan, x.worker, Options{Format: f, Safe: true, Hashes: true, Cells: true, Lineage: true}), &Block{}
		if n := testing.AllocsPerRun(20, func() { e.Encode(x.table, b) }); n > 0 {
			t.Errorf("%v allocations for 300 records of %s", n, f.Extension())
		}
	}
}
