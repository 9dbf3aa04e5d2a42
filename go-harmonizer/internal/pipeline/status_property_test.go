package pipeline_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// A record has the status error exactly where an issue says what is wrong with it (rule 0.7). One that was merged may have lost its error
// to another record's text, or taken one with it, of which the other's issue tells.
func TestStatusesAreExplained(t *testing.T) {
	bySeed(t, seeds/4+1, func(t *testing.T, seed uint64) {
		for _, policy := range slices.Sorted(maps.Keys(comparing)) {
			job := operating(plan.Harmonize, func(j *pipeline.Job) {
				comparing[policy](j)
				j.Format = encode.NDJSON
			})
			result, sink := do(t, job, chart(seed, records/4), how{})
			wrong := map[string]bool{}
			for _, row := range objects(t, sink.Files["issues.ndjson"]) {
				if text(row["severity"]) == "error" {
					wrong[text(row["file"])+" "+text(row["record_no"])] = true
				}
			}
			for _, l := range traces(t, sink) {
				for _, from := range l.From {
					if l.Field != nil && wrong[fmt.Sprint(from.File, " ", from.Record)] {
						wrong[fmt.Sprint(l.File, " ", l.Record)] = true
					}
				}
			}
			for _, part := range result.Report.Entities {
				several := map[string]int{} // records of one number: the halves and readings of a row
				rows := objects(t, sink.Files[part.Artifact])
				for _, row := range rows {
					several[text(row["record_no"])]++
				}
				for _, row := range rows {
					number, failed := text(row["record_no"]), text(row["record_status"]) == "error"
					told := wrong[part.File+" "+number]
					if failed && !told || told && !failed && several[number] == 1 && part.Entity != "vital" && job.Policy != cross.Merge {
						t.Errorf("%s, record %s of %s: status %s, issues of errors: %v", policy, number, part.File, text(row["record_status"]), told)
					}
				}
			}
		}
	})
}

// What a merge puts side by side is read again: an error comes with an issue, and goes with the text that made it.
func TestAMergedRecordIsReadAgain(t *testing.T) {
	const header = "encounter_id,patient_id,class,start_datetime,end_datetime,ward\n"
	for name, c := range map[string]struct{ rows, status, told string }{
		"an end before a start that is another's": {"E1,P1,AMB,,2024-03-05T10:00:00Z,\nE1,P1,AMB,2024-03-07T10:00:00Z,,W1\n", "error", "VAL-DATE-4 1"},
		"an end that another replaces":            {"E1,P1,AMB,2024-03-07,2024-03-05,\nE1,P1,AMB,2024-03-07,2024-03-08T10:00:00Z,W1\n", "ok", ""},
		"an error of the one that leaves":         {"E1,P1,AMB,2024-03-07,,\nE1,P1,picnic,2024-03-07,,W1\n", "ok", ""},
	} {
		t.Run(name, func(t *testing.T) {
			job := newJob("encounters.csv")
			job.Policy, job.Format = cross.Merge, encode.NDJSON
			_, sink := mustRun(t, job, []byte(header+c.rows), how{})
			rows := objects(t, sink.Files["clean.ndjson"])
			if len(rows) != 1 || text(rows[0]["record_status"]) != c.status || text(rows[0]["ward"]) != "W1" {
				t.Fatalf("%s", sink.Files["clean.ndjson"])
			}
			var told []string
			for _, i := range issuesOf(t, sink) {
				if i.Rule == "VAL-DATE-4" && c.status == "error" {
					told = append(told, fmt.Sprint(i.Rule, " ", i.Record))
				}
			}
			if c.told != strings.Join(told, ", ") {
				t.Errorf("%q, want %q", told, c.told)
			}
		})
	}
}
