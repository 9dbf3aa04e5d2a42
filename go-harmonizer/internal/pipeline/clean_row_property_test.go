package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// steady are generated files, and a row for each that is clean in every column and like no other: their columns are far from where one
// row more decides. A day above 12 is among the dates of each, and many rows are.
var steady = map[string]string{
	"patients.csv":    `ZZ1,Quincy,Abernathy,1951-07-23,M,73301,teal`,
	"labs.csv":        "ZZ1;Glucose;91;mg/dL;2021-08-19T11:12:13Z;2021-08-20T11:12:13Z;70-100;unique",
	"vitals.csv":      "ZZ1\t2021-08-19T11:12:13Z\t121/77\t71\t98.1\t\tUna",
	"long_vitals.csv": "ZZ1|HR|71|/min|2021-08-19",
	"medications.csv": "ZZM1,ZZ1,Atorvastatin,83367,00071015523,20 mg,oral,daily,2021-08-19,2021-09-19,30,30,active,1234567893,unique",
	"encounters.csv":  "ZZE1,ZZ1,inpatient,2021-08-19T11:12:13Z,2021-08-21T11:12:13Z,finished,Clinic,I10,unique,D9,1234567893,Acme,W9",
	"conditions.csv":  "ZZC1|ZZ1|ZZE1|J45.909|10|Asthma|2021-08-19||2021-08-20|active|confirmed|mild|1|Una",
	"imaging.csv":     "1.2.840.77.1,1.2.840.77.2,ZZA1,ZZ1,20210819,111213,CT,CHEST,left,unique,1,100,19510723,M,070Y,General,R9",
	"items.csv":       "izz,2021-08-19,2021-08-20,7,unique,N",
	"people.csv": `ZZ1,MZZ1,219-09-9998,Quincy,Una,Abernathy,,1951-07-23,M,White,NH,77 Elm St,Austin,TX,73301,(512) 555-0142,quincy@example.org,` +
		`2021-08-19,north`,
}

// A clean row changes nothing about any other: not its cells, its status, nor its errors and warnings.
func TestACleanRowChangesNoOther(t *testing.T) {
	bySeed(t, seeds/4+1, func(t *testing.T, seed uint64) {
		for _, name := range slices.Sorted(maps.Keys(steady)) {
			for policy, change := range map[string]func(*pipeline.Job){
				"match": comparing["match"], "most complete": comparing["most complete"],
				"merge": func(j *pipeline.Job) { j.Policy = cross.Merge },
			} {
				lines := strings.SplitAfter(string(generated[name](seed, records/2)), "\n")
				rows := whole(lines)
				want := outcomesOf(t, name, lines[0]+strings.Join(rows, ""), 1<<30, change)
				if len(want) < records/2 {
					t.Fatalf("%s: only %d rows and issues", name, len(want))
				}
				for _, at := range []int{0, len(rows) / 2, len(rows)} {
					text := lines[0] + strings.Join(slices.Insert(slices.Clone(rows), at, steady[name]+"\n"), "")
					got := outcomesOf(t, name, text, recordsIn(rows[:at])+1, change)
					if !slices.Equal(want, got) {
						t.Errorf("%s, %s, seed %d: a clean row after %d rows changes others\n%s", name, policy, seed, at,
							pipelinetest.Differ([]byte(strings.Join(want, "\n")), []byte(strings.Join(got, "\n"))))
					}
				}
			}
		}
	})
}

// whole parts a file into rows: a line that ends within quotes goes on.
func whole(lines []string) (rows []string) {
	open := false
	for _, l := range lines[1:] {
		if open {
			rows[len(rows)-1] += l
		} else if l != "" {
			rows = append(rows, l)
		}
		open = open != (strings.Count(l, `"`)%2 == 1)
	}
	return rows
}

// recordsIn counts the rows that are not blank.
func recordsIn(rows []string) (n int64) {
	for _, r := range rows {
		if strings.TrimSpace(r) != "" {
			n++
		}
	}
	return n
}

var numberedRecord = regexp.MustCompile(`record (\d+)`)

// outcomesOf are what became of all records but the added one: rows, and issues of single records, with the numbers of records as if
// it were not there.
func outcomesOf(t *testing.T, name, from string, added int64, change func(*pipeline.Job)) (all []string) {
	t.Helper()
	job := operating(plan.Harmonize, func(j *pipeline.Job) {
		change(j)
		j.FileName, j.Format = name, encode.NDJSON
	})
	_, sink := mustRun(t, job, []byte(from), how{})
	before := func(number string) string {
		n, err := strconv.ParseInt(number, 10, 64)
		if err == nil && n > added {
			n--
		}
		return fmt.Sprint(n)
	}
	keep := func(row map[string]cell) {
		if text(row["record_no"]) == fmt.Sprint(added) || row["record_no"] == nil {
			return
		}
		for _, field := range []string{"record_no", "collision_group", "superseded_by", "panel_id"} {
			if row[field] != nil {
				number := before(*row[field])
				row[field] = &number
			}
		}
		if row["message"] != nil {
			message := numberedRecord.ReplaceAllStringFunc(*row["message"], func(m string) string { return "record " + before(m[len("record "):]) })
			row["message"] = &message
		}
		line, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(line))
	}
	for _, row := range objects(t, sink.Files["clean.ndjson"]) {
		keep(row)
	}
	for _, row := range objects(t, sink.Files["issues.ndjson"]) {
		keep(row)
	}
	return all
}

// The rows are what they are taken for.
func TestCleanRowsAreClean(t *testing.T) {
	for name, row := range steady {
		header, _, _ := strings.Cut(string(generated[name](1, 1)), "\n")
		result, sink := mustRun(t, newJob(name), []byte(header+"\n"+row+"\n"), how{})
		for _, i := range issuesOf(t, sink) {
			if i.Record > 0 {
				t.Errorf("%s: %+v", name, i)
			}
		}
		if result.Report.ErrorRecords > 0 {
			t.Errorf("%s: the row has an error", name)
		}
	}
}
