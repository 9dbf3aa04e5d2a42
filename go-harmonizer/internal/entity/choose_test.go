package entity

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct{ name, headers, file, want string }{
		{"book: patient", "patient_id,first_name,last_name,date_of_birth,gender", "", "patient"},
		{"book: vital", "patient_id,vital_type,vital_value,unit", "", "vital"},
		{"book: nothing", "a,b,c", "", "generic"},
		{"book: organizations", "Id,NAME,ADDRESS,CITY,STATE,ZIP,PHONE", "", "generic"},
		{"book: conditions", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION", "conditions.csv", "condition"},
		{"book: procedures", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION", "procedures.csv", "generic"},
		{"folders do not count", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION", "conditions/procedures.csv", "generic"},
		{"nor on the other system", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION", `C:\conditions\procedures.csv`, "generic"},
		{"a word that begins so", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION", "Diagnoses-2024.csv.gz", "condition"},
		{"MIMIC patients", "subject_id,gender,anchor_age,anchor_year,anchor_year_group,dod", "patients.csv.gz", "patient"},
		{"MIMIC admissions", "subject_id,hadm_id,admittime,dischtime,deathtime,admission_type,admit_provider_id,admission_location," +
			"discharge_location,insurance,language,marital_status,race,edregtime,edouttime,hospital_expire_flag", "admissions.csv", "encounter"},
		{"MIMIC labevents", "labevent_id,subject_id,hadm_id,specimen_id,itemid,order_provider_id,charttime,storetime,value,valuenum," +
			"valueuom,ref_range_lower,ref_range_upper,flag,priority,comments", "labevents.csv", "lab_result"},
		{"MIMIC vitalsign", "subject_id,stay_id,charttime,temperature,heartrate,resprate,o2sat,sbp,dbp,rhythm,pain", "vitalsign.csv", "vital"},
		{"MIMIC prescriptions", "subject_id,hadm_id,pharmacy_id,poe_id,poe_seq,order_provider_id,starttime,stoptime,drug_type,drug," +
			"formulary_drug_cd,gsn,ndc,prod_strength,form_rx,dose_val_rx,dose_unit_rx,form_val_disp,route", "prescriptions.csv", "medication"},
		{"MIMIC diagnoses", "subject_id,hadm_id,seq_num,icd_code,icd_version", "diagnoses_icd.csv", "condition"},
		{"the same without its name", "subject_id,hadm_id,seq_num,icd_code,icd_version", "x.csv", "condition"},
		{"MIMIC-CXR", "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime", "x.csv", "imaging_study"},
		{"OMOP person", "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,race_concept_id,ethnicity_concept_id", "", "patient"},
		{"DICOM keywords", "PatientID,StudyInstanceUID,StudyDate,StudyTime,Modality,BodyPartExamined,Manufacturer", "", "imaging_study"},
	} {
		got, err := Choose(strings.Split(c.headers, ","), Options{FileName: c.file})
		if err != nil || got.Entity.Name != c.want {
			t.Errorf("%s: %v %v, want %s; scores %v", c.name, got.Entity, err, c.want, got.Scores)
			continue
		}
		warned := len(got.Findings) == 1 && got.Findings[0].Rule == "MAP-2" && got.Findings[0].Severity == record.Warning
		if warned != (c.want == "generic") {
			t.Errorf("%s: findings %v", c.name, got.Findings)
		}
	}
}

func TestChooseCountsAsTheBookSays(t *testing.T) {
	for _, c := range []struct {
		headers, file, entity string
		want                  int
	}{
		{"patient_id,first_name,last_name,date_of_birth,gender", "", "patient", 9},
		{"Id,NAME,ADDRESS,CITY,STATE,ZIP,PHONE", "", "patient", 5},
		{"Id,NAME,ADDRESS,CITY,STATE,ZIP,PHONE", "patients.csv", "patient", 12}, // general keys count: 3 + id 3 + name 1 + 5
		{"patient_id,test_name,loinc_code,local_code", "", "lab_result", 8},     // a group counts 3 once, then 1
		{"patient_id,hr,sbp,dbp,temp_f", "", "vital", 7},
		{"person_id,year_of_birth", "", "patient", 6},
	} {
		got, err := Choose(strings.Split(c.headers, ","), Options{FileName: c.file})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(got.Scores, func(s Score) bool { return s.Entity == c.entity })
		if got.Scores[i].Score != c.want {
			t.Errorf("%s in %q: %d, want %d", c.entity, c.headers, got.Scores[i].Score, c.want)
		}
	}
}

func TestUndecidedNamesTheTwoBest(t *testing.T) {
	got, err := Choose([]string{"START", "STOP", "PATIENT", "ENCOUNTER", "CODE"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "entity undecided, generic used; best lab_result (4), next vital (4)"; got.Findings[0].Message != want {
		t.Fatalf("%q, want %q", got.Findings[0].Message, want)
	}
}

func TestTheJobNamesTheEntity(t *testing.T) {
	got, err := Choose([]string{"a", "b"}, Options{Entity: "vital"})
	if err != nil || got.Entity.Name != "vital" || !got.Given || len(got.Findings) != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	var f *fault.Error
	if _, err := Choose([]string{"a"}, Options{Entity: "Mrs Canary"}); !errors.As(err, &f) || f.Kind != fault.Invalid || strings.Contains(err.Error(), "Canary") {
		t.Fatalf("unknown entity: %v", err)
	}
}

func TestHarmonizedFilesScoreNamesAlone(t *testing.T) {
	headers := strings.Split("pid,fname,lname,dob,sex,zip,record_no,record_status", ",")
	got, err := Choose(headers, Options{Harmonized: true})
	if err != nil || got.Entity.Name != "generic" || got.Scores[0].Score != 0 {
		t.Fatalf("aliases scored: %+v %v", got, err)
	}
}

func TestMixedCandidate(t *testing.T) {
	for _, c := range []struct {
		headers string
		o       Options
		want    bool
	}{
		{"DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE", Options{}, true},
		{"DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE", Options{Entity: "lab_result"}, false},
		{"DATE,PATIENT,CATEGORY,CODE", Options{}, false},
		{"DATE,PATIENT,CODE,VALUE", Options{}, false},
		{"when,PATIENT,CATEGORY,CODE,VALUE", Options{}, false},
		{"when,PATIENT,CATEGORY,CODE,VALUE", Options{ColumnMap: map[string]string{"when": "effective_datetime"}}, true},
		{"issued,PATIENT,CATEGORY,CODE,VALUE", Options{}, true},
	} {
		headers := strings.Split(c.headers, ",")
		column, ok := MixedCandidate(headers, c.o)
		if ok != c.want || ok && headers[column] != "CATEGORY" {
			t.Errorf("%q %+v: %d %v", c.headers, c.o, column, ok)
		}
	}
}

func TestHarmonizedCandidate(t *testing.T) {
	if i, ok := HarmonizedCandidate([]string{"a", "record_no", "record_status"}); !ok || i != 2 {
		t.Fatal(i, ok)
	}
	for _, headers := range [][]string{{"record_no"}, {"record_status"}, {"record_no", "status"}} {
		if _, ok := HarmonizedCandidate(headers); ok {
			t.Fatal(headers)
		}
	}
}

func TestQuestions(t *testing.T) {
	got := Questions([]string{"Id", "CODE", "study_id", "x", "dicom_id"})
	want := []Question{{0, "uid"}, {1, "loinc"}, {1, "rxnorm"}, {2, "uid"}, {4, "uid"}}
	if !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
}

// sharedData returns a folder of public files that are not part of the repository, or skips.
func sharedData(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("skipped: public data set %s is not beside the repository (../shared/data)", name)
	}
	return dir
}

// firstRow reads the header of a file.
func firstRow(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	row, err := csv.NewReader(f).Read()
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func TestPublicFilesGetTheirEntity(t *testing.T) {
	for set, files := range map[string]map[string]string{
		"seed-sample-data": {"patients": "patient", "lab_results": "lab_result", "vitals": "vital", "medications": "medication"},
		"synthea-csv": {
			"allergies": "generic", "careplans": "generic", "claims": "generic", "claims_transactions": "generic",
			"conditions": "condition", "devices": "generic", "encounters": "encounter", "imaging_studies": "imaging_study",
			"immunizations": "generic", "medications": "medication", "observations": "generic", "organizations": "generic",
			"patients": "patient", "payer_transitions": "generic", "payers": "generic", "procedures": "generic",
			"providers": "generic", "supplies": "generic",
		},
	} {
		t.Run(set, func(t *testing.T) {
			dir := sharedData(t, set)
			found, err := filepath.Glob(filepath.Join(dir, "*.csv"))
			if err != nil || len(found) != len(files) {
				t.Fatalf("%d files, want %d (%v)", len(found), len(files), err)
			}
			for _, path := range found {
				headers := firstRow(t, path)
				got, err := Choose(headers, Options{FileName: filepath.Base(path)})
				if want := files[strings.TrimSuffix(filepath.Base(path), ".csv")]; err != nil || got.Entity.Name != want {
					t.Errorf("%s: %s %v, want %s; %v", filepath.Base(path), got.Entity.Name, err, want, got.Scores)
				}
				_, mixed := MixedCandidate(headers, Options{})
				if mixed != strings.HasPrefix(filepath.Base(path), "observations") {
					t.Errorf("%s: mixed %v", filepath.Base(path), mixed)
				}
				m := Map(got.Entity, headers, Options{})
				checkMapping(t, &m)
				if len(m.Missing) > 0 {
					t.Errorf("%s: missing %v", filepath.Base(path), m.Missing)
				}
			}
		})
	}
}
