package entity

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestOrderOfTheBook(t *testing.T) {
	var names []string
	for _, e := range All() {
		names = append(names, e.Name)
	}
	if want := "patient lab_result vital medication imaging_study encounter condition generic"; strings.Join(names, " ") != want {
		t.Fatal(names)
	}
	if _, ok := Named("procedure"); ok {
		t.Fatal("an entity that is not in the book")
	}
}

// TestOutputOrder holds rule 0.9: the order of the tables of section 2, derived fields after the field they come from.
func TestOutputOrder(t *testing.T) {
	for name, want := range map[string]string{
		"patient": `patient_id mrn ssn full_name first_name middle_name last_name prefix suffix maiden_name birth_date age age_value
			age_unit death_date deceased gender race ethnicity marital_status language address_line1 address_line2 city county country
			state postal_code phone phone_ext email blood_type insurance_type insurance_id provider_id pcp_name provider_npi
			collision_group`,
		"lab_result": `result_id patient_id encounter_id order_id specimen_id specimen_type test_name loinc_code loinc_inferred
			local_code effective_datetime result_datetime result_value value_number value_comparator value_text value_code unit
			reference_range reference_low_exclusive reference_high_exclusive reference_low reference_high abnormal_flag status
			ordering_provider_id comment superseded_by`,
		"vital": `vital_id patient_id encounter_id panel_id effective_datetime vital_type value unit body_site position provider_id`,
		"medication": `medication_id patient_id encounter_id medication_name rxnorm_code ndc dose_text dose_value dose_value_high
			dose_unit dose_denominator_value dose_denominator_unit route frequency_text timing_code timing_frequency timing_period
			timing_period_max timing_period_unit timing_when timing_count as_needed sig start_date end_date quantity days_supply
			refills status reason_code prescriber_id prescriber_npi`,
		"imaging_study": `study_instance_uid series_instance_uid sop_instance_uid sop_class_uid accession_number patient_id
			encounter_id study_datetime modality body_part laterality study_description series_description procedure_code
			number_of_series number_of_instances patient_birth_date patient_sex patient_age manufacturer institution
			referring_physician view_position rows columns`,
		"encounter": `encounter_id patient_id class class_detail start_datetime end_datetime status admit_source
			discharge_disposition reason_code reason_text facility_id provider_id provider_npi payer`,
		"condition": `condition_id patient_id encounter_id code code_system description onset_date abatement_date recorded_date
			clinical_status verification_status severity rank`,
		"generic": "",
	} {
		e, _ := Named(name)
		var got []string
		for _, f := range e.Fields {
			got = append(got, f.Name)
		}
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

var (
	ruleID = regexp.MustCompile(`^((STD|VAL)-[A-Z]+|DED)-([1-9][0-9]?|\*)$`)
	types  = strings.Fields("id name date datetime decimal int bool enum enum_list code phone email string text")
	// twice are the keys that stand for two fields of one entity, told apart by the column's values.
	twice = map[string]bool{"lab_result code": true, "imaging_study study_id": true}
)

func TestFieldsAreSound(t *testing.T) {
	for _, e := range All() {
		for i := range e.Fields {
			f := &e.Fields[i]
			where := e.Name + "." + f.Name
			if !keyShape.MatchString(f.Name) || !slices.Contains(types, f.Type) {
				t.Errorf("%s: name or type %q", where, f.Type)
			}
			for _, id := range slices.Concat(f.Std, f.Val) {
				if !ruleID.MatchString(id) {
					t.Errorf("%s: rule %q", where, id)
				}
			}
			for _, other := range append(slices.Clone(f.FilledFrom), f.DerivedFrom, f.Fallback) {
				if j := e.Field(other); other != "" && (j < 0 || e.Fields[j].Derived()) {
					t.Errorf("%s comes from %q", where, other)
				}
			}
			if date := strings.HasPrefix(f.Type, "date"); date != slices.Contains([]string{"birth", "past", "end"}, f.Event) {
				t.Errorf("%s: type %s, event class %q", where, f.Type, f.Event)
			}
			if f.Derived() && (f.SourceColumn || f.Required || len(f.Aliases) > 0) {
				t.Errorf("%s is derived and cannot be read", where)
			}
			if f.Present != "" && f.Present != "always" || f.Form != "" && f.Form != "long" {
				t.Errorf("%s: present %q form %q", where, f.Present, f.Form)
			}
		}
	}
}

func TestAlwaysPresentAndSourceColumns(t *testing.T) {
	always, source := map[string]bool{}, map[string]bool{}
	for _, e := range All() {
		for _, f := range e.Fields {
			if f.Present == "always" {
				always[e.Name+"."+f.Name] = true
			}
			if f.SourceColumn && (f.Type == "string" || f.Type == "id" || f.Type == "text") {
				source[f.Name] = true
			}
			if !f.SourceColumn && !f.Derived() && !slices.Contains([]string{"string", "id", "text"}, f.Type) {
				t.Errorf("%s.%s: no source column", e.Name, f.Name)
			}
		}
	}
	if want := map[string]bool{"lab_result.unit": true, "vital.unit": true, "vital.panel_id": true, "lab_result.superseded_by": true,
		"patient.collision_group": true}; !reflect.DeepEqual(always, want) {
		t.Errorf("always present: %v", always)
	}
	if want := map[string]bool{"result_value": true, "value": true, "reference_range": true, "medication_name": true,
		"country": true}; !reflect.DeepEqual(source, want) {
		t.Errorf("source columns of texts: %v", source)
	}
}

func TestEventClasses(t *testing.T) {
	for _, e := range All() {
		for _, f := range e.Fields {
			want := ""
			switch f.Name {
			case "birth_date", "patient_birth_date":
				want = "birth"
			case "end_date", "end_datetime", "abatement_date":
				want = "end"
			default:
				if strings.HasPrefix(f.Type, "date") {
					want = "past"
				}
			}
			if f.Event != want {
				t.Errorf("%s.%s: %q, want %q", e.Name, f.Name, f.Event, want)
			}
		}
	}
}

// TestKeysStandForOneThing holds rule MAP-4: a name is never an alias, an alias never stands for two fields.
func TestKeysStandForOneThing(t *testing.T) {
	for _, e := range All() {
		for key, claims := range e.names.claims {
			if len(claims) > 1 && !twice[e.Name+" "+key] {
				t.Errorf("%s: %s stands for %d things", e.Name, key, len(claims))
			}
			if got := Key(key, 1); got != key {
				t.Errorf("%s: %s is not a key but %s", e.Name, key, got)
			}
			_, derived := e.names.derived[key]
			_, source := e.names.sources[key]
			if derived || source || e.names.companion[key] {
				t.Errorf("%s: %s is an alias and something else", e.Name, key)
			}
		}
	}
}

// TestEveryAliasMaps walks through all aliases of all entities, alone in a file.
func TestEveryAliasMaps(t *testing.T) {
	n := 0
	for _, e := range All() {
		for i, f := range e.Fields {
			for _, a := range f.Aliases {
				kind, not := conditionKind(a.When)
				m := Map(e, []string{a.Key}, Options{Syntax: func(_ int, asked string) bool { return asked == kind && !not }})
				if m.Source[i] != 0 || m.Columns[0].Role != Mapped || m.Columns[0].Field != i {
					t.Errorf("%s: %s does not map to %s", e.Name, a.Key, f.Name)
				}
				if a.When != "" {
					m = Map(e, []string{a.Key}, Options{Syntax: func(_ int, asked string) bool { return asked == kind && not }})
					if m.Source[i] >= 0 {
						t.Errorf("%s: %s maps to %s although not %s", e.Name, a.Key, f.Name, a.When)
					}
				}
				n++
			}
		}
		for i, w := range e.Wide {
			for _, key := range w.keys() {
				if m := Map(e, []string{key}, Options{}); m.Readings[i] != 0 || m.Columns[0].Role != Reading {
					t.Errorf("%s: %s is no reading of %s", e.Name, key, w.Name)
				}
				n++
			}
		}
	}
	if n < 500 {
		t.Fatalf("only %d aliases", n)
	}
}

func TestAliasTraps(t *testing.T) {
	for _, e := range All() {
		if i := e.Field("patient_id"); i >= 0 {
			if got := slices.Contains(e.Fields[i].AliasKeys(), "id"); got != (e.Name == "patient") {
				t.Errorf("%s: id stands for patient_id: %v", e.Name, got)
			}
		}
		if e.names.claims["birth_sex"] != nil {
			t.Errorf("%s: birth_sex is an alias", e.Name)
		}
	}
}

func TestCopySharesNothing(t *testing.T) {
	for _, e := range All() {
		c := e.Copy()
		if c.names.claims != nil {
			t.Fatal("the index was copied")
		}
		if len(c.Fields) > 0 {
			if !reflect.DeepEqual(c.Fields, e.Fields) || !reflect.DeepEqual(c.Wide, e.Wide) {
				t.Fatalf("%s: the copy differs", e.Name)
			}
			c.Fields[0].Name = "changed"
			c.Fields[0].Std[0] = "changed"
			if e.Fields[0].Name == "changed" || e.Fields[0].Std[0] == "changed" {
				t.Fatal("the copy shares memory")
			}
		}
	}
}
