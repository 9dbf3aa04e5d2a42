package pipeline_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// sourceRows reads the data records of a file by another reader than ours; blank lines are none.
func sourceRows(t *testing.T, text []byte) [][]string {
	t.Helper()
	header, _, _ := strings.Cut(string(text), "\n")
	r := csv.NewReader(strings.NewReader(string(text)))
	r.FieldsPerRecord = -1
	for _, delimiter := range ",\t;|" {
		if strings.Count(header, string(delimiter)) > strings.Count(header, string(r.Comma)) {
			r.Comma = delimiter
		}
	}
	var all [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all[1:]
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(strings.Join(row, "")) != "" || len(row) > 1 {
			all = append(all, row)
		}
	}
}

// spot is a field of a record of a file.
type spot struct {
	file, field string
	record      int64
}

// outcomes are what becomes of a field; the others say that nothing did.
var outcomes = []string{"changed", "nulled", "kept"}

// told of a field: by issues about one record, and by issues that were put together, by field.
type tellings struct {
	single   map[spot]bool
	together map[spot]int64 // without a record
}

func tellingsOf(t *testing.T, s *pipelinetest.Sink) tellings {
	t.Helper()
	out := tellings{map[spot]bool{}, map[spot]int64{}}
	for _, row := range objects(t, s.Files["issues.ndjson"]) {
		at := spot{file: text(row["file"]), field: text(row["field"])}
		if !slices.Contains(outcomes, text(row["outcome"])) || at.field == "" {
			continue
		}
		if number, err := strconv.ParseInt(text(row["record_no"]), 10, 64); err == nil {
			at.record = number
			out.single[at] = true
			continue
		}
		n, _ := strconv.ParseInt(text(row["count"]), 10, 64)
		out.together[at] += n
	}
	return out
}

// tracesOf are the fields of records that lineage speaks of.
func tracesOf(t *testing.T, s *pipelinetest.Sink) map[spot][]trace {
	t.Helper()
	all := map[spot][]trace{}
	for _, l := range traces(t, s) {
		if l.Field != nil {
			at := spot{l.File, *l.Field, l.Record}
			all[at] = append(all[at], l)
		}
	}
	return all
}

// No value is changed without an issue, and lineage has a line for each that is not as it came, and for no other.
func TestNoValueChangesWithoutAnIssue(t *testing.T) {
	bySeed(t, seeds/4+1, func(t *testing.T, seed uint64) {
		for _, policy := range slices.Sorted(maps.Keys(comparing)) {
			t.Run(policy, func(t *testing.T) {
				files := chart(seed, records/3)
				job := operating(plan.Harmonize, func(j *pipeline.Job) {
					comparing[policy](j)
					j.Format = encode.NDJSON
				})
				result, sink := do(t, job, files, how{})
				issues, lines, compared := tellingsOf(t, sink), tracesOf(t, sink), 0
				for _, f := range files {
					compared += eachChangeIsTold(t, result, sink, f, issues, lines)
				}
				if compared < 60*len(files) {
					t.Errorf("only %d cells were compared", compared)
				}
			})
		}
	})
}

// columnsOf are the columns of a file's entity by the field that they alone map to.
func columnsOf(r *pipeline.Result, file, entity string) map[string]int {
	at, several, n := map[string]int{}, map[string]bool{}, 0
	for _, c := range r.Report.Columns {
		if c.File != file || c.Entity != entity {
			continue
		}
		field := c.Field
		if field == "" {
			field = c.Key
		}
		if _, known := at[field]; known {
			several[field] = true
		}
		at[field] = n
		n++
	}
	maps.DeleteFunc(at, func(field string, _ int) bool { return several[field] })
	return at
}

// eachChangeIsTold compares the output of a file with what came, and returns how many cells it compared.
func eachChangeIsTold(t *testing.T, r *pipeline.Result, s *pipelinetest.Sink, f pipelinetest.File, issues tellings, lines map[spot][]trace) (compared int) {
	t.Helper()
	rows := sourceRows(t, f.Bytes)
	untold := map[string]int64{} // cells that differ, of which no issue of their own tells
	for _, part := range r.Report.Entities {
		if part.File != f.Name {
			continue
		}
		columns := columnsOf(r, f.Name, part.Entity)
		for _, row := range objects(t, s.Files[part.Artifact]) {
			number, _ := strconv.ParseInt(text(row["record_no"]), 10, 64)
			for field, column := range columns {
				out, shown := row[field]
				if !shown {
					continue // A column of wide vital signs, or a part of another field.
				}
				compared++
				at, where := spot{f.Name, field, number}, fmt.Sprintf("%s, record %d, %s", f.Name, number, field)
				came := strings.ReplaceAll(rows[number-1][column], "\r\n", "\n")
				if came == text(out) {
					if len(lines[at]) > 0 && !issues.single[at] && issues.together[spot{file: f.Name, field: field}] == 0 {
						t.Errorf("%s: %q stayed, and lineage says %+v", where, came, lines[at])
					}
					continue
				}
				if !slices.ContainsFunc(lines[at], func(l trace) bool { return slices.Contains(outcomes, l.Outcome) && text(l.Output) == text(out) }) {
					t.Errorf("%s: %q became %q, and lineage says %+v", where, came, text(out), lines[at])
				}
				if !issues.single[at] {
					untold[field]++
				}
			}
		}
	}
	for field, n := range untold {
		if got := issues.together[spot{file: f.Name, field: field}]; got < n {
			t.Errorf("%s, %s: %d values differ, issues tell of %d", f.Name, field, n, got)
		}
	}
	return compared
}
