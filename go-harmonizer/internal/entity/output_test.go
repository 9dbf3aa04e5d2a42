package entity

import (
	"strings"
	"testing"
)

func outputNames(m *Mapping, clean bool) string {
	var names []string
	for _, o := range m.Output(clean) {
		names = append(names, o.Name)
	}
	return strings.Join(names, ",")
}

func TestOutput(t *testing.T) {
	for _, c := range []struct {
		name, entity, headers, want string
		clean                       bool
	}{
		{"fields, then the rest, then sources", "patient", "color,sex,pid,age",
			"patient_id,age,age_value,age_unit,gender,collision_group,color,age_source,gender_source,record_no,record_status", false},
		{"clean", "patient", "color,sex,pid,age", "patient_id,age,gender,color,record_no,record_status", true},
		{"a full name is split", "patient", "name",
			"full_name,first_name,middle_name,last_name,prefix,suffix,collision_group,full_name_source,record_no,record_status", false},
		{"labs always have a unit", "lab_result", "pid,value", "patient_id,result_value,value_number,value_comparator,value_text,value_code,unit," +
			"superseded_by,result_value_source,record_no,record_status", false},
		{"a range fills its bounds", "lab_result", "ref_range", "unit,reference_range,reference_low_exclusive,reference_high_exclusive," +
			"reference_low,reference_high,superseded_by,reference_range_source,record_no,record_status", false},
		{"wide vitals become long", "vital", "pid,hr,temp,temp_unit",
			"patient_id,panel_id,vital_type,value,unit,temp_unit,value_source,unit_source,record_no,record_status", false},
		{"but not in clean", "vital", "pid,hr,temp,temp_unit", "patient_id,unit,hr,temp,temp_unit,record_no,record_status", true},
		{"parts make the field and pass", "patient", "year_of_birth", "birth_date,collision_group,year_of_birth,birth_date_source,record_no,record_status", false},
		{"a code names its system", "condition", "icd_code", "code,code_system,code_source,record_no,record_status", false},
		{"what passes must not bear our names", "generic", "a,record_no,A", "a,record_no_2,a_2,record_no,record_status", false},
	} {
		m, _ := mapped(c.entity, c.headers, Options{})
		if got := outputNames(&m, c.clean); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestOutputOfOutput holds rule 0.10 as far as columns go: a harmonized file keeps its columns and their order.
func TestOutputOfOutput(t *testing.T) {
	everything := func(e *Entity) []string {
		headers := []string{"record_no", "x", "x", "category", "first_name_source", "gender_source"}
		for _, f := range e.Fields {
			headers = append(headers, f.AliasKeys()...)
			headers = append(headers, f.Name)
		}
		return headers
	}
	for _, e := range All() {
		files := map[string][]string{"everything": everything(e), "one": {"name", "first_name_source", "sbp", "dbp", "sex_source"}}
		for i := range e.Fields {
			files[e.Fields[i].Name] = append(e.Fields[i].AliasKeys(), e.Fields[i].Name, e.Fields[i].Name+"_source", "y")
		}
		for name, headers := range files {
			for _, columnMap := range []map[string]string{nil, {"x": "patient_id", "y": "birth_date", "gender": "", "name": ""}} {
				first := Map(e, headers, Options{ColumnMap: columnMap})
				once := outputNames(&first, false)
				again := Map(e, strings.Split(once, ","), Options{ColumnMap: columnMap, Harmonized: true})
				if twice := outputNames(&again, false); twice != once {
					t.Fatalf("%s %s:\n once  %s\n twice %s", e.Name, name, once, twice)
				}
			}
		}
	}
}
