package pipeline_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// Rule DQ-6, counted from outside: by file and in sum, the rows that were read and written are those that can be counted.
func TestIdentityByFileAndInSum(t *testing.T) {
	bySeed(t, seeds/4+1, func(t *testing.T, seed uint64) {
		for _, policy := range slices.Sorted(maps.Keys(comparing)) {
			job := operating(plan.Harmonize, comparing[policy])
			job.Format = encode.NDJSON
			result, sink := do(t, job, chart(seed, records/4), how{})
			var sum report.Accounting
			for _, f := range result.Report.Files {
				if err := f.Accounting.Check(); err != nil {
					t.Errorf("%s, %s: %v", policy, f.File, err)
				}
				sum.Add(f.Accounting)
			}
			if sum != result.Report.Accounting || sum.Check() != nil {
				t.Errorf("%s: %+v, want the sum %+v", policy, result.Report.Accounting, sum)
			}
			written, failed := map[string]int64{}, map[string]int64{}
			for _, part := range result.Report.Entities {
				rows := objects(t, sink.Files[part.Artifact])
				for _, row := range rows {
					if text(row["record_status"]) == "error" {
						failed[part.File]++
					}
				}
				if int64(len(rows)) != part.Written {
					t.Errorf("%s: %d rows of %s, the report says %d", policy, len(rows), part.Artifact, part.Written)
				}
				written[part.File] += part.Written - part.Created + part.Duplicates
			}
			for i, f := range result.Report.Files {
				if lost := f.Accounting.Read - f.Accounting.Quarantined - written[f.File]; lost != 0 {
					t.Errorf("%s, %s: %d records are neither written nor duplicates nor in the quarantine", policy, f.File, lost)
				}
				if failed[f.File] > f.ErrorRecords { // Those that left as duplicates had errors, too.
					t.Errorf("%s, %s: %d records have errors, the report says %d", policy, f.File, failed[f.File], f.ErrorRecords)
				}
				if rows := int64(len(sourceRows(t, chart(seed, records/4)[i].Bytes))); rows != f.Accounting.Read {
					t.Errorf("%s, %s: %d rows came, the account says %d", policy, f.File, rows, f.Accounting.Read)
				}
			}
			removals := countRule(issuesOf(t, sink), "DED-1") - sum.Duplicates
			for _, i := range issuesOf(t, sink) {
				if (i.Rule == "DED-2" || i.Rule == "DED-6") && strings.Contains(i.Message, "removed: duplicate_of") {
					removals += i.Count
				}
			}
			if removals != 0 && !job.Quarantine {
				t.Errorf("%s: %d more issues of removals than duplicates", policy, removals)
			}
		}
	})
}

// Validate knows all that harmonize reports. What is about the text that is written (rule SEC-1) is not there without CSV.
func TestValidateReportsTheSameBytes(t *testing.T) {
	bySeed(t, seeds/4+1, func(t *testing.T, seed uint64) {
		for _, policy := range slices.Sorted(maps.Keys(comparing)) {
			change := func(j *pipeline.Job) {
				comparing[policy](j)
				j.Format = encode.NDJSON
			}
			files := chart(seed, records/4)
			full, want := do(t, operating(plan.Harmonize, change), files, how{})
			checked, got := do(t, operating(plan.Validate, change), files, how{})
			for _, name := range []string{"issues.ndjson", "operation-outcome.json", "matches.ndjson", "review.csv"} {
				equalBytes(t, policy+": "+name, want.Files[name], got.Files[name])
			}
			equalBytes(t, policy+": report", saidBy(t, full.Report), saidBy(t, checked.Report))
			for _, name := range got.Order {
				if strings.HasPrefix(name, "clean.") || strings.HasPrefix(name, "quarantine.") || strings.HasPrefix(name, "lineage.") {
					t.Errorf("%s: validate wrote %s", policy, name)
				}
			}
		}
	})
}

// saidBy is what a report says beside what was written where.
func saidBy(t *testing.T, r *report.Report) []byte {
	t.Helper()
	copied := *r
	copied.Operation, copied.Entities = "", nil
	for _, part := range r.Entities {
		part.Artifact = ""
		copied.Entities = append(copied.Entities, part)
	}
	text, err := json.MarshalIndent(&copied, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}
