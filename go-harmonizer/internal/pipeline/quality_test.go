package pipeline_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// table writes a header and n rows.
func table(header string, n int, row func(i int) string) []byte {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		b.WriteString(row(i) + "\n")
	}
	return []byte(b.String())
}

// some writes a for the first n rows and b for the others.
func some(i, n int, a, b string) string {
	if i < n {
		return a
	}
	return b
}

// heartRates are readings of different minutes, of which the first n are impossible.
func heartRates(all, n int) []byte {
	return table("patient_id,vital_type,value,unit,effective_datetime", all, func(i int) string {
		return fmt.Sprintf("P%d,heart rate,%s,bpm,2024-05-%02dT%02d:%02d:00Z", i, some(i, n, "400", "72"), i/60/24+1, i/60%24, i%60)
	})
}

// checkOf finds the one check of a rule and field.
func checkOf(t *testing.T, r *report.Report, id, field string) report.Check {
	t.Helper()
	var all []report.Check
	for _, c := range r.Rules {
		if c.Rule == id && c.Field == field {
			all = append(all, c)
		}
	}
	if len(all) != 1 {
		t.Fatalf("%d checks of %s on %q", len(all), id, field)
	}
	return all[0]
}

func holds(t *testing.T, r *report.Report, want string) {
	t.Helper()
	words := strings.Fields(want)
	c := checkOf(t, r, words[0], strings.Trim(words[1], "-"))
	threshold := "none"
	if c.Threshold != nil {
		threshold = fmt.Sprint(*c.Threshold)
	}
	got := fmt.Sprintf("%s %s %s/%s %s %d/%d %v%% of %s %s", words[0], words[1], c.Category, c.Subcategory, c.Context, c.Violated,
		c.Denominator, c.Percent, threshold, c.Status)
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// The examples of rule DQ-1.
func TestChecksOfTheBook(t *testing.T) {
	vitals, _ := mustRun(t, newJob("vitals.csv"), heartRates(500, 4), how{workers: 2})
	holds(t, vitals.Report, "VAL-VIT-1 value plausibility/atemporal verification 4/500 0.8% of 0 failed")
	patients, _ := mustRun(t, newJob("patients.csv"), table("patient_id,dob,blood_type", 100, func(i int) string {
		return fmt.Sprintf("P%d,1980-01-01,%s", i, some(i, 35, "", "O+"))
	}), how{workers: 2})
	holds(t, patients.Report, "VAL-REQ-1 patient_id conformance/relational verification 0/100 0% of 0 passed")
	holds(t, patients.Report, "COMPLETENESS blood_type completeness/ verification 35/100 35% of none reported")
	holds(t, patients.Report, "COMPLETENESS birth_date completeness/ verification 0/100 0% of 0 passed")
	holds(t, patients.Report, "VAL-DATE-1 birth_date plausibility/temporal verification 0/100 0% of 0 passed")
	holds(t, patients.Report, "DED-1 - plausibility/uniqueness verification 0/100 0% of 5 passed")
	holds(t, patients.Report, "STD-CSV-1 - conformance/value verification 0/100 0% of 0 passed")
}

// The examples of rule DQ-2, and the statuses it names.
func TestStatusesOfTheBook(t *testing.T) {
	result, _ := mustRun(t, newJob("patients.csv"), table("patient_id,dob,sex,state,zip,email,middle_name,death_date", 100, func(i int) string {
		return fmt.Sprintf("P%d,1980-01-01,%s,MA,%s,,,soon", i, some(i, 1, "helicopter", "F"), some(i, 3, "90210", "02134"))
	}), how{workers: 2})
	holds(t, result.Report, "VAL-EMAIL-1 email conformance/value verification 0/0 0% of none not_applicable")
	holds(t, result.Report, "VAL-ZIP-2 postal_code plausibility/atemporal verification 3/100 3% of 5 passed")
	holds(t, result.Report, "VAL-ENUM-1 gender conformance/value verification 1/100 1% of 0 failed")
	holds(t, result.Report, "STD-SEX-1 gender conformance/value verification 0/100 0% of 0 passed")
	holds(t, result.Report, "COMPLETENESS middle_name completeness/ verification 100/100 100% of none reported")
	scores(t, result.Report)
	// Rules do not see what was kept before them.
	holds(t, result.Report, "VAL-DATE-2 death_date plausibility/temporal verification 0/100 0% of none error")
	seen := map[string]bool{}
	for _, c := range result.Report.Rules {
		if seen[c.Rule+" "+c.Field] {
			t.Errorf("two checks of %s on %s", c.Rule, c.Field)
		}
		seen[c.Rule+" "+c.Field] = true
	}
}

// What is compared with another field, or another file, needs it.
func TestChecksThatDoNotApply(t *testing.T) {
	labs, _ := mustRun(t, newJob("labs.csv"), []byte("patient_id,test_name,result_value,unit,collected_at,abnormal_flag\nP1,Sodium,140,mmol/L,2024-05-01,N\n"), how{})
	holds(t, labs.Report, "VAL-REF-1 patient_id conformance/relational verification 0/1 0% of none not_applicable")
	holds(t, labs.Report, "VAL-DATE-2 effective_datetime plausibility/temporal verification 0/1 0% of none not_applicable")
	holds(t, labs.Report, "VAL-LAB-2 abnormal_flag conformance/computational verification 0/1 0% of none not_applicable")
	holds(t, labs.Report, "VAL-LAB-1 result_value plausibility/atemporal verification 0/1 0% of 0 passed")
	patients, _ := mustRun(t, newJob("patients.csv"), []byte("patient_id,dob,zip\nP1,1980-01-01,02134\n"), how{})
	holds(t, patients.Report, "VAL-ZIP-2 postal_code plausibility/atemporal verification 0/1 0% of none not_applicable")
}

// An operation has the checks it reaches.
func TestChecksOfAnOperation(t *testing.T) {
	for operation, want := range map[plan.Operation][]string{
		plan.Harmonize: {"STD-SEX-1", "DED-1", "NULL-1"}, plan.Validate: {"STD-SEX-1", "DED-1"}, plan.Standardize: {"STD-SEX-1", "!DED-1"},
		plan.Clean: {"!STD-SEX-1", "!DED-1", "STD-CSV-1", "COMPLETENESS"},
	} {
		job := newJob("patients.csv")
		job.Operation = operation
		result, _ := mustRun(t, job, []byte("patient_id,dob,sex\nP1,1980-01-01,F\nP2,1980-01-01,#N/A\n"), how{})
		for _, id := range want {
			name, absent := strings.CutPrefix(id, "!")
			if id == "NULL-1" {
				continue // Reported where a word for a missing value is found.
			}
			if has := slices.ContainsFunc(result.Report.Rules, func(c report.Check) bool { return c.Rule == name }); has == absent {
				t.Errorf("%s: %s %v", pipeline.OperationName(operation), name, has)
			}
		}
	}
}

// The examples of rule DQ-3: errors are listed and not counted; without a verdict there is no score.
func TestScoresOfTheBook(t *testing.T) {
	result, _ := mustRun(t, newJob("patients.csv"), table("patient_id,sex,blood_type,race,ethnicity,language,marital_status,deceased,state",
		100, func(i int) string {
			return fmt.Sprintf("P%d,%s,%s,white,not hispanic,en,married,false,MA", i, some(i, 1, "helicopter", "F"), some(i, 2, "Q", "O+"))
		}), how{})
	scores(t, result.Report)
	if s := result.Report.Score.Overall; s.Passed != 18 || s.Failed != 2 || *s.Percent != "90.0" {
		t.Errorf("%+v", s)
	}
	empty, _ := mustRun(t, newJob("patients.csv"), []byte("patient_id,dob,sex\n"), how{})
	if s := empty.Report.Score; s.Overall.Percent != nil || s.Overall.Passed+s.Overall.Failed > 0 {
		t.Errorf("%+v", s)
	}
}

// The examples of rule DQ-6.
func TestAccountingOfTheBook(t *testing.T) {
	result, _ := mustRun(t, newJob("patients.csv"), table("patient_id,dob", 100, func(i int) string {
		switch i {
		case 50, 51:
			return "P1,1980-01-01"
		case 99:
			return "P99,1980-01-01,surplus"
		}
		return fmt.Sprintf("P%d,1980-01-01", i)
	}), how{})
	if want := (report.Accounting{Read: 100, Written: 97, Duplicates: 2, Quarantined: 1}); result.Report.Accounting != want {
		t.Errorf("%+v, want %+v", result.Report.Accounting, want)
	}
	holds(t, result.Report, "DED-1 - plausibility/uniqueness verification 2/99 2.0202020202020203% of 5 passed")
	holds(t, result.Report, "STD-CSV-1 - conformance/value verification 1/100 1% of 0 failed")
	pressures, _ := mustRun(t, newJob("vitals.csv"), table("patient_id,vital_type,value,effective_datetime", 10, func(i int) string {
		return fmt.Sprintf("P%d,blood pressure,120/80,2024-05-01", i)
	}), how{})
	if want := (report.Accounting{Read: 10, Written: 20, Created: 10}); pressures.Report.Accounting != want {
		t.Errorf("%+v, want %+v", pressures.Report.Accounting, want)
	}
}

// outcomeOf reads operation-outcome.json as one line an issue.
func outcomeOf(t *testing.T, sink *pipelinetest.Sink) []string {
	t.Helper()
	var o report.Outcome
	if err := json.Unmarshal(sink.Files["operation-outcome.json"], &o); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, i := range o.Issue {
		all = append(all, fmt.Sprintf("%s/%s %s %v: %s", i.Severity, i.Code, i.Details.Coding[0].Code, i.Expression, i.Diagnostics))
	}
	return all
}

// The examples of rule DQ-5.
func TestOutcomesOfTheBook(t *testing.T) {
	_, missing := mustRun(t, newJob("patients.csv"), []byte("patient_id,dob\nP1,1980-01-01\n,1981-01-01\n"), how{})
	_, rates := mustRun(t, newJob("vitals.csv"), heartRates(500, 4), how{workers: 2})
	job := newJob("patients.csv")
	job.Match = true
	_, twins := mustRun(t, job, []byte("patient_id,first_name,last_name,dob,sex,mrn,address,zip\n"+
		"P1,Jon,Miller,1980-02-03,M,0012345,1 Main St,02134\nP2,John,Miller,1980-02-03,M,0012345,1 Main St,02134\n"), how{})
	_, broken := mustRun(t, newJob("patients.csv"), []byte("patient_id,dob\nP1,1980-01-01\nP2,1980-01-01,surplus\n"), how{})
	for want, sink := range map[string]*pipelinetest.Sink{
		"error/required VAL-REQ-1 [Patient.identifier.value]: count 1; records 2; field patient_id; column patient_id": missing,
		"error/value VAL-VIT-1 [Observation.value]: count 4; records 1, 2, 3, 4; field value; column value":            rates,
		"warning/multiple-matches DED-5 [Patient]: count 1; records 2":                                                 twins,
		"error/structure STD-CSV-1 [Patient]: count 1; records 2":                                                      broken,
	} {
		if all := outcomeOf(t, sink); !slices.Contains(all, want) {
			t.Errorf("no %s in\n%s", want, strings.Join(all, "\n"))
		}
	}
}
