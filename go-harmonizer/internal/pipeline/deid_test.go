package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/deid"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pool"
)

// private makes a job de-identify, with a key that tests know.
func private(t testing.TB, job *pipeline.Job) {
	t.Helper()
	key, err := deid.NewKey([]byte("a key that only tests know"))
	if err != nil {
		t.Fatal(err)
	}
	job.Deidentify, job.Key = true, key
}

// canary is what every identifying cell of the canary files begins with; no rule changes it.
const canary = "quail"

// canaryFiles are a job with identifying values in every column that may hold one, and in many that may not. Dates of birth are in
// 1957, everything else happened on 2024-03-17 or at 08:41.
func canaryFiles(seed uint64, n int) []pipelinetest.File {
	r := rand.New(rand.NewPCG(seed, 9))
	cell := func() string { return fmt.Sprintf("%s%08d", canary, r.IntN(1e8)) }
	ids := make([]string, n)
	for i := range ids {
		ids[i] = cell()
	}
	write := func(name, header string, row func(id string) []string) pipelinetest.File {
		var b bytes.Buffer
		b.WriteString("Report of " + canary + " clinic\n" + header + "\n")
		for _, id := range append(ids, ids[:n/2]...) {
			cells := row(id)
			if at := 1 + r.IntN(len(cells)-1); r.IntN(4) == 0 && !slices.Contains(terms, strings.Split(header, ",")[at]) {
				cells[at] = cell() // In the wrong column.
			}
			b.WriteString(strings.Join(cells, ",") + "\n")
			if r.IntN(6) == 0 {
				b.WriteString(strings.Join(cells, ",") + "," + cell() + "\n")
			}
		}
		return pipelinetest.File{Name: name, Bytes: b.Bytes()}
	}
	when := "2024-03-17T08:41:00Z"
	return []pipelinetest.File{
		write("patients.csv", "patient_id,mrn,ssn,name,first_name,last_name,dob,gender,address,city,county,zip,phone,email,member_id,pcp,npi,"+
			"death_date,nickname,collision_group,gender_source", func(id string) []string {
			return []string{id, cell(), "123-45-6789", cell(), cell(), cell(), "1957-09-09", "F", cell() + " Main St", cell(), cell(), "02134",
				"405-901-4744", cell() + "@example.org", cell(), cell(), "1234567893", when, cell(), cell(), cell()}
		}),
		write("labs.csv", "patient_id,result_id,encounter_id,accession_number,test_name,result_value,unit,collected_at,ref_range,note,nurse",
			func(id string) []string {
				return []string{id, cell(), cell(), cell(), "Glucose", []string{"90", cell()}[r.IntN(2)], "mg/dL", when,
					[]string{"70-100", cell()}[r.IntN(2)], cell(), cell()}
			}),
		write("imaging.csv", "patient_id,study_instance_uid,accession_number,study_date,modality,study_description,institution,referring_physician,"+
			"patient_birth_date,patient_age", func(id string) []string {
			return []string{id, fmt.Sprintf("1.2.840.%d.41", 1e9+r.IntN(1e9)), cell(), "20240317", "CT", cell(), cell(), cell(), "19570909", "063Y"}
		}),
		write("medications.csv", "patient_id,order_id,medication_name,dose,frequency,sig,start_date,prescriber_id", func(id string) []string {
			return []string{id, cell(), "Aspirin", []string{"81 mg", cell()}[r.IntN(2)], []string{"BID", cell()}[r.IntN(2)], cell(), when, cell()}
		}),
		write("encounters.csv", "encounter_id,patient_id,class,start,stop,reasondescription,organization,provider", func(id string) []string {
			return []string{cell(), id, "inpatient", when, when, cell(), cell(), cell()}
		}),
		write("notes.csv", "a,b,c", func(id string) []string { return []string{id, cell(), cell()} }),
	}
}

// terms are columns of words that no list can be complete for: what stands there stays.
var terms = []string{"test_name", "medication_name"}

// wholly are what no artifact may hold, in any letters. Digits count where none stand beside them, as they do in pseudonyms.
var wholly = regexp.MustCompile(`(?i)` + canary + `|1957-09|19570909|2024-03-17|20240317|08:41|123-45-6789|1234567893|1\.2\.840\.|\b02134\b|9014744|901-4744`)

func TestNoCanaryLeaves(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for seed := range uint64(seeds) {
		for _, format := range []encode.Format{encode.CSV, encode.NDJSON} {
			job := newJob("")
			private(t, job)
			job.Quarantine, job.Format, job.Match = seed%2 == 0, format, true
			job.Policy = []cross.Policy{cross.ByEntity, cross.Merge, cross.MostComplete}[seed%3]
			sink := mustRunAll(t, job, canaryFiles(seed, 30)...)
			if len(sink.Files["lineage.ndjson"]) == 0 || len(sink.Files["issues.ndjson"]) == 0 || len(sink.Rows) < 6 {
				t.Fatalf("little was written: %v", sink.Order)
			}
			nothingHolds(t, sink)
		}
	}
}

// The other ways through the engine, and a file that was harmonized before: its _source columns and what it kept go, too.
func TestNoCanaryLeavesByAnotherWay(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for _, f := range canaryFiles(5, 40) {
		for name, change := range map[string]func(*pipeline.Job){
			"validate": func(j *pipeline.Job) { j.Operation = plan.Validate },
			"prefix":   func(j *pipeline.Job) { j.Prefix = true },
			"verified": func(j *pipeline.Job) { j.VerifyDuplicates = true },
		} {
			t.Run(f.Name+"/"+name, func(t *testing.T) {
				job := newJob("")
				private(t, job)
				change(job)
				nothingHolds(t, mustRunAll(t, job, f))
			})
		}
		t.Run(f.Name+"/again", func(t *testing.T) {
			first := mustRunAll(t, newJob(""), f)
			job := newJob("")
			private(t, job)
			again := mustRunAll(t, job, pipelinetest.File{Name: f.Name, Bytes: first.Files["clean.csv"]})
			if !bytes.Contains(again.Files["report.json"], []byte(`"harmonized_input": true`)) {
				t.Fatal("the file is not taken for a harmonized one")
			}
			nothingHolds(t, again)
		})
	}
}

// mustRunAll takes files through the rules.
func mustRunAll(t *testing.T, job *pipeline.Job, files ...pipelinetest.File) *pipelinetest.Sink {
	t.Helper()
	workers, sink := pool.New(2), &pipelinetest.Sink{}
	defer workers.Close()
	if _, err := pipeline.Run(context.Background(), workers, job, pipeline.Limits{SegmentBytes: 2 << 10}, pipelinetest.NewJob(files...), sink,
		&pipeline.Progress{}); err != nil {
		t.Fatal(err)
	}
	return sink
}

func nothingHolds(t *testing.T, sink *pipelinetest.Sink) {
	t.Helper()
	for name, text := range sink.Files {
		holdsNone(t, name, string(text))
	}
	for name, rows := range sink.Rows {
		for _, row := range rows {
			holdsNone(t, name, line(row))
		}
	}
	holdsNone(t, "amendments", fmt.Sprint(sink.Marks))
}

func holdsNone(t *testing.T, name, text string) {
	t.Helper()
	if at := wholly.FindStringIndex(text); at != nil {
		t.Fatalf("%s holds %s: %s", name, text[at[0]:at[1]], text[max(0, at[0]-200):min(len(text), at[1]+100)])
	}
}

// Text that no rule could read stays that when a record takes it from another one (rule DED-6).
func TestMergedTextIsTreatedAsWhatItWas(t *testing.T) {
	job := newJob("patients.csv")
	private(t, job)
	job.Policy = cross.Merge
	_, sink := mustRun(t, job, []byte("patient_id,first_name,last_name,dob,race,language,zip,state\nP1,Ann,Doe,1957-09-09,,en,,\n"+
		"P1,Ann,Doe,1957-09-09,"+canary+",,02134,MA\n"), how{})
	holdsNone(t, "clean.csv", string(sink.Files["clean.csv"]))
	if got := column(sink, "patient", "postal_code"); len(got) > 1 || len(sink.Amended("patient")) != 1 {
		t.Errorf("%v", got)
	}
	if !bytes.Contains(sink.Files["clean.csv"], []byte(",021,")) {
		t.Errorf("%s", sink.Files["clean.csv"])
	}
}

// A person has one pseudonym in all files of a job, and references still lead to it.
func TestPseudonymsJoin(t *testing.T) {
	job := newJob("")
	private(t, job)
	files := []pipelinetest.File{
		{Name: "patients.csv", Bytes: []byte("patient_id,dob\nP1,1957-09-09\nP2,1960-01-01\n")},
		{Name: "labs.csv", Bytes: []byte("patient_id,test_name,result_value,unit,collected_at\n P1 ,Glucose,90,mg/dL,2024-03-05\n" +
			"P2,Glucose,91,mg/dL,2024-03-05\nP9,Glucose,92,mg/dL,2024-03-05\n")},
	}
	sink := mustRunAll(t, job, files...)
	patients, labs := column(sink, "patient", "patient_id"), column(sink, "lab_result.2", "patient_id")
	if len(patients) != 2 || len(labs) != 3 || patients[0] != labs[0] || patients[1] != labs[1] || patients[0] == patients[1] || labs[2] == labs[0] {
		t.Errorf("patients %v, labs %v", patients, labs)
	}
	for _, id := range patients {
		if len(id) != deid.PseudonymLength || strings.ToLower(id) != id || strings.Contains(id, "p1") {
			t.Errorf("%q is no pseudonym", id)
		}
	}
	if !bytes.Contains(sink.Files["issues.ndjson"], []byte("VAL-REF-1")) {
		t.Error("references were not checked before they were replaced")
	}
}

// column returns the texts of a field.
func column(s *pipelinetest.Sink, name, field string) (all []string) {
	at := slices.Index(s.Fields[name], field)
	for _, row := range s.Amended(name) {
		if at >= 0 && row[at] != nil {
			all = append(all, *row[at])
		}
	}
	return all
}

// Over all cases: what identifies in the output of the same job without the option is in nothing that the job with it writes.
func TestNothingIdentifyingOfTheCorpusLeaves(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	tested := 0
	for _, c := range pipelinetest.Cases(t) {
		plain := newJob(c.FileName)
		_, before, err := run(t, plain, c.Input, how{})
		if err != nil {
			continue
		}
		job := newJob(c.FileName)
		private(t, job)
		result, after := mustRun(t, job, c.Input, how{name: c.Name, workers: 2, segment: 1 << 10})
		gone, stays := map[string]bool{}, map[string]bool{}
		for name, fields := range before.Fields {
			collect(t, name, fields, before.Rows[name], gone, stays)
		}
		for name, rows := range after.Rows {
			for _, row := range rows {
				for i, text := range row {
					if text != nil && gone[*text] && !stays[*text] && len(*text) > 4 { // A year may stay.
						t.Errorf("%s: %s.%s holds what identifies", c.Name, name, after.Fields[name][i])
					}
					tested++
				}
			}
		}
		if err := result.Report.Accounting.Check(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	if tested < 1000 {
		t.Fatalf("only %d cells", tested)
	}
}

// collect parts the texts of an output by whether Safe Harbor lets them stay.
func collect(t *testing.T, name string, fields []string, rows [][]*string, gone, stays map[string]bool) {
	t.Helper()
	e, ok := entity.Named(strings.SplitN(name, ".", 2)[0])
	if !ok {
		t.Fatalf("no entity %s", name)
	}
	for i, field := range fields {
		to := gone
		if k := e.Field(field); k >= 0 {
			how, _ := e.Fields[k].Treatment()
			if !slices.Contains([]entity.Treatment{entity.Removed, entity.RemovedText, entity.Pseudonym, entity.PseudonymUID, entity.ZIPPrefix,
				entity.YearOnly, entity.YearOfBirth}, how) {
				to = stays
			}
		} else if field == "record_no" || field == "record_status" {
			to = stays
		}
		for _, row := range rows {
			if row[i] != nil {
				to[*row[i]] = true
			}
		}
	}
}

// What is written does not depend on how the work is done, nor on the memory of values.
func TestPrivateBytesDoNotDependOnHowTheWorkIsDone(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(generated)) {
		text := generated[name](1, records)
		job := newJob(name)
		private(t, job)
		_, want := mustRun(t, job, text, ways[0])
		for _, way := range ways[1:5] {
			_, got := mustRun(t, job, text, way)
			same(t, name+", "+way.name, want, got)
		}
		job.Plain = true
		_, got := mustRun(t, job, text, ways[1])
		same(t, name+", without memory of values", want, got)
	}
}

// compared are fields that the comparison of records fills: years are equal more often than days are.
var compared = []string{"record_no", "record_status", "superseded_by", "collision_group", "panel_id"}

// A file that was de-identified and is harmonized again, without the option, keeps its values.
func TestDeidentifiedFilesStayAsTheyAre(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(generated)) {
		job := newJob(name)
		private(t, job)
		result, first := mustRun(t, job, generated[name](2, records), how{})
		for file, text := range first.Files {
			if !strings.HasPrefix(file, "clean.") || entityOf(file, result) == "generic" {
				continue
			}
			again := newJob(name)
			again.Entity = entityOf(file, result)
			_, second := mustRun(t, again, text, how{name: file})
			for _, field := range second.Fields[again.Entity] {
				before, after := set(column(first, again.Entity, field)), set(column(second, again.Entity, field))
				if !slices.Contains(compared, field) && !maps.Equal(before, after) {
					t.Errorf("%s: %s changes: %v, then %v", file, field, before, after)
				}
			}
		}
	}
}

func set(all []string) map[string]bool {
	out := map[string]bool{}
	for _, text := range all {
		out[text] = true
	}
	return out
}
