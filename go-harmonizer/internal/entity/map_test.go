package entity

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// mapped runs Map and writes each column as field, ~field (composed), @source, or -output.
func mapped(entity, headers string, o Options) (Mapping, string) {
	e, _ := Named(entity)
	m := Map(e, strings.Split(headers, ","), o)
	var out []string
	for i := range m.Columns {
		c := &m.Columns[i]
		switch c.Role {
		case Mapped:
			out = append(out, e.Fields[c.Field].Name)
		case Reading:
			out = append(out, "*"+e.Wide[c.Wide].Name+c.Unit)
		case Composed:
			out = append(out, "~"+m.target(c))
		case CarriedSource:
			out = append(out, "@"+e.Fields[c.Field].Name)
		case CarriedDerived:
			out = append(out, "="+e.Fields[c.Field].Name)
		case Pass:
			out = append(out, "-"+c.Output)
		default:
			out = append(out, "#"+c.Key)
		}
	}
	return m, strings.Join(out, ",")
}

func TestMap(t *testing.T) {
	loinc := func(_ int, kind string) bool { return kind == "loinc" }
	rxnorm := func(_ int, kind string) bool { return kind == "rxnorm" }
	uid := func(_ int, kind string) bool { return kind == "uid" }
	for _, c := range []struct {
		name, entity, headers, want string
		o                           Options
	}{
		{"MAP-3: alias", "patient", "dob", "birth_date", Options{}},
		{"MAP-3: no fuzzy match", "patient", "brith_date,favourite_color", "-brith_date,-favourite_color", Options{}},
		{"MAP-3: column_map by key", "patient", "Born On,dob", "birth_date,-dob", Options{ColumnMap: map[string]string{"born_on": "birth_date"}}},
		{"MAP-3: column_map by header", "patient", "Born On", "birth_date", Options{ColumnMap: map[string]string{"Born On": "birth_date"}}},
		{"MAP-3: column_map past", "patient", "sex,gender", "gender,-gender_2", Options{ColumnMap: map[string]string{"gender": ""}}},
		{"MAP-3: column_map over the name", "patient", "birth_date,x", "-birth_date_2,birth_date", Options{ColumnMap: map[string]string{"x": "birth_date"}}},
		{"MAP-3: a key is that column alone", "patient", "a,a", "ssn,-a_2", Options{ColumnMap: map[string]string{"a": "ssn"}}},
		{"MAP-3: column_map knows no derived field", "patient", "x", "-x", Options{ColumnMap: map[string]string{"x": "age_value"}}},
		{"MAP-4: name before alias", "patient", "dob,birth_date", "-dob,birth_date", Options{}},
		{"MAP-4: first alias", "patient", "cell_phone,home_phone", "-cell_phone,phone", Options{}},
		{"MAP-4: sex and gender", "patient", "sex,gender", "-sex,gender", Options{}},
		{"MAP-4: leftmost", "patient", "dob,DOB", "birth_date,-dob_2", Options{}},
		{"parts of a birth date", "patient", "year_of_birth,month_of_birth,day_of_birth", "~birth_date,~birth_date,~birth_date", Options{}},
		{"a month alone is nothing", "patient", "month_of_birth", "-month_of_birth", Options{}},
		{"id stands for the patient", "patient", "Id,first", "patient_id,first_name", Options{}},
		{"but not elsewhere", "condition", "Id,CODE", "-id,code", Options{}},
		{"birth_sex is no gender", "patient", "birth_sex", "-birth_sex", Options{}},
		{"code is LOINC", "lab_result", "code,description", "loinc_code,test_name", Options{Syntax: loinc}},
		{"code is not", "lab_result", "code,loinc", "local_code,loinc_code", Options{}},
		{"code of a vital sign", "vital", "code,description", "vital_type,-description", Options{Syntax: loinc}},
		{"code of nothing known", "vital", "code,description", "-code,vital_type", Options{}},
		{"code of a drug", "medication", "CODE,DESCRIPTION", "rxnorm_code,medication_name", Options{Syntax: rxnorm}},
		{"code of something", "medication", "CODE,DESCRIPTION", "-code,medication_name", Options{}},
		{"study_id is a UID", "imaging_study", "study_id,dicom_id,id", "study_instance_uid,sop_instance_uid,-id", Options{Syntax: uid}},
		{"study_id is not", "imaging_study", "study_id,dicom_id", "accession_number,-dicom_id", Options{}},
		{"id of a study", "imaging_study", "Id,DATE", "accession_number,study_datetime", Options{}},
		{"DICOM keywords", "imaging_study", "Manufacturer,InstitutionName,ReferringPhysicianName,ViewPosition,Rows,Columns",
			"manufacturer,institution,referring_physician,view_position,rows,columns", Options{}},
		{"study time", "imaging_study", "StudyDate,StudyTime,TimezoneOffsetFromUTC,AcquisitionTime",
			"study_datetime,~study_datetime,~study_datetime,-acquisition_time", Options{}},
		{"acquisition time", "imaging_study", "AcquisitionDate,AcquisitionTime,StudyTime", "study_datetime,~study_datetime,-study_time", Options{}},
		{"time of a measure", "vital", "measure_date,measure_time", "effective_datetime,~effective_datetime", Options{}},
		{"but not of another date", "vital", "recorded_time,measure_time", "effective_datetime,-measure_time", Options{}},
		{"dose and its unit", "medication", "dose_val_rx,dose_unit_rx", "dose_text,~dose_text", Options{}},
		{"dose and another unit", "medication", "dosage,dose_unit_rx", "dose_text,-dose_unit_rx", Options{}},
		{"ordered dose", "medication", "rx_dose_ordered,rx_dose_ordered_unit", "dose_text,~dose_text", Options{}},
		{"comparator", "lab_result", "result_num,result_modifier", "result_value,~value_comparator", Options{}},
		{"comparator of nothing", "lab_result", "result_modifier", "-result_modifier", Options{}},
		{"OMOP visit", "encounter", "visit_start_date,visit_start_datetime", "start_datetime,-visit_start_datetime", Options{}},
		{"wide", "vital", "hr,bp,temp_f,weight_kg,body_height_in,spo2,pain_score",
			"*heart_rate,*blood_pressure,*body_temperature[degF],*body_weightkg,*body_height[in_i],*oxygen_saturation,*pain", Options{}},
		{"wide with units", "vital", "temp,temp_unit,wt,hr_unit", "*body_temperature,~body_temperature,*body_weight,-hr_unit", Options{}},
		{"one wide column and its unit", "vital", "weight,unit", "*body_weight,~body_weight", Options{}},
		{"two wide columns and a unit", "vital", "weight,hr,units,value", "*body_weight,*heart_rate,-units,-value_2", Options{}},
		{"two of one kind", "vital", "temp_f,temp_c,pulse,hr", "*body_temperature[degF],-temp_c,-pulse,*heart_rate", Options{}},
		{"long, so not wide", "vital", "vital_type,value,hr", "vital_type,value,-hr", Options{}},
		{"source columns are carried", "patient", "gender,gender_source,race_source,city,city_source",
			"gender,@gender,-race_source,city,-city_source", Options{}},
		{"derived fields are carried", "patient", "age,age_value,phone_ext", "age,=age_value,=phone_ext", Options{}},
		{"names of our own columns", "patient", "record_no,dob", "-record_no_2,birth_date", Options{}},
		{"harmonized", "patient", "patient_id,dob,birth_date,birth_date_source,age_value,record_no,record_status",
			"patient_id,-dob,birth_date,@birth_date,=age_value,#record_no,#record_status", Options{Harmonized: true}},
		{"harmonized: nothing is composed", "imaging_study", "study_datetime,timezone_offset_from_utc,record_no",
			"study_datetime,-timezone_offset_from_utc,#record_no", Options{Harmonized: true}},
		{"harmonized: no column_map", "patient", "gender,x", "gender,-x",
			Options{Harmonized: true, ColumnMap: map[string]string{"gender": "", "x": "race"}}},
		{"generic", "generic", "patient_id,DOB,record_no", "-patient_id,-dob,-record_no_2", Options{}},
		{"result_datetime serves", "lab_result", "issued", "result_datetime", Options{}},
	} {
		m, got := mapped(c.entity, c.headers, c.o)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		checkMapping(t, &m)
	}
}

// notes writes the findings of a rule as severity, header and field.
func notes(m *Mapping, rule string) string {
	var out []string
	for _, f := range m.Findings {
		if f.Rule == rule && f.Severity > record.Information {
			column := ""
			if f.Column >= 0 {
				column = m.Columns[f.Column].Header
			}
			out = append(out, fmt.Sprintf("%s %s>%s", f.Severity, column, f.Field))
		}
	}
	return strings.Join(out, ", ")
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		rule, entity, headers, want string
		o                           Options
	}{
		{"MAP-4", "patient", "dob,birth_date", "warning dob>birth_date", Options{}},
		{"MAP-4", "patient", "home_phone,cell_phone", "warning cell_phone>phone", Options{}},
		{"MAP-4", "patient", "sex,gender", "warning sex>gender", Options{}},
		{"MAP-4", "patient", "dob,gender", "", Options{}},
		{"MAP-4", "vital", "weight,hr,units", "warning units>unit", Options{}},
		{"MAP-3", "lab_result", "code", "warning code>local_code", Options{}},
		{"MAP-3", "lab_result", "code", "", Options{Syntax: func(int, string) bool { return true }}},
		{"MAP-3", "medication", "code", "warning code>", Options{}},
		{"MAP-3", "imaging_study", "study_id", "", Options{}},
		{"MAP-3", "patient", "x", "warning x>", Options{ColumnMap: map[string]string{"x": "no_such_field"}}},
		{"MAP-3", "patient", "x", "warning >race", Options{ColumnMap: map[string]string{"y": "race"}}},
		{"MAP-5", "lab_result", "patient_id,date,value,unit", "error >test_name|loinc_code|local_code", Options{}},
		{"MAP-5", "lab_result", "test_name,date,value,unit", "error >patient_id", Options{}},
		{"MAP-5", "lab_result", "patient_id,test_name,date,value", "", Options{}},
		{"MAP-5", "lab_result", "patient_id,test_name,result_date,value", "warning result_date>effective_datetime", Options{}},
		{"MAP-5", "lab_result", "patient_id,test_name,value", "error >effective_datetime", Options{}},
		{"MAP-5", "vital", "patient_id,taken_at,hr", "", Options{}},
		{"MAP-5", "vital", "patient_id,taken_at", "error >vital_type, error >value", Options{}},
		{"MAP-5", "condition", "patient_id", "error >code|description", Options{}},
		{"MAP-5", "imaging_study", "patient_id,date,modality,study_id", "", Options{}},
		{"MAP-5", "patient", "patient_id,year_of_birth", "", Options{}},
		{"MAP-5", "generic", "a", "", Options{}},
		{"MAP-1", "patient", "record_no", "warning record_no>", Options{}},
	} {
		m, _ := mapped(c.entity, c.headers, c.o)
		if got := notes(&m, c.rule); got != c.want {
			t.Errorf("%s of %s in %s: %q, want %q", c.rule, c.headers, c.entity, got, c.want)
		}
	}
}

func TestServedFieldHasTheColumn(t *testing.T) {
	m, _ := mapped("lab_result", "patient_id,issued", Options{})
	if m.Source[m.Entity.Field("effective_datetime")] != 1 || m.Source[m.Entity.Field("result_datetime")] != 1 {
		t.Fatal(m.Source)
	}
}

func TestReasons(t *testing.T) {
	m, _ := mapped("patient", "birth_date,year_of_birth,dob,sex,x,y,hometown,city", Options{ColumnMap: map[string]string{"x": "mrn", "y": ""}})
	for i, want := range []string{"canonical name", "composed into birth_date", "lost to another column of birth_date (canonical name)",
		"alias 1 of gender", "column_map", "column_map: passes through", "no match", "canonical name"} {
		if m.Columns[i].Reason != want {
			t.Errorf("column %d: %q, want %q", i, m.Columns[i].Reason, want)
		}
	}
}

func TestSuggestions(t *testing.T) {
	for _, c := range []struct {
		entity, headers, want string
		score                 float64
	}{
		{"patient", "brith_date", "birth_date similar to birth_date", 0.97},
		{"patient", "favourite_color", "", 0},
		{"patient", "zipcodes", "postal_code similar to zipcode", 0.975},
		{"patient", "brith_date,dob", "", 0}, // the field has a column
		{"vital", "hart_rate", "heart_rate similar to heart_rate", 0.97},
		{"vital", "hart_rate,vital_type", "", 0},
		{"generic", "brith_date", "", 0},
		{"patient", strings.Repeat("birth_date", 7), "", 0},
	} {
		m, _ := mapped(c.entity, c.headers, Options{})
		got, score := "", 0.0
		if s := m.Columns[0].Suggestion; s != nil {
			got, score = s.Field+" "+s.Reason, s.Score
		}
		if got != c.want || math.Abs(score-c.score) > 0.0005 {
			t.Errorf("%s in %s: %q %.4f, want %q %.4f", c.headers, c.entity, got, score, c.want, c.score)
		}
	}
}

func TestSuggestionsAreBounded(t *testing.T) {
	headers := slices.Repeat([]string{"nothing"}, suggestColumns)
	m, _ := mapped("patient", strings.Join(append(headers, "brith_date"), ","), Options{})
	if m.Columns[suggestColumns].Suggestion != nil {
		t.Fatal("the search went past its bound")
	}
}
