package report

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// reaches tells that the operation runs rules of a stage (rule 0.1).
func reaches(p *plan.Plan, s rule.Stage) bool {
	switch p.Settings.Operation {
	case plan.Clean:
		return slices.Contains([]rule.Stage{rule.Decode, rule.Parse, rule.MapHeaders, rule.TextHygiene, rule.Missing}, s)
	case plan.Standardize:
		return s != rule.CrossRecord
	}
	return true
}

// partners are the fields of the same record that a rule compares a field with. Without any of them there is nothing to check.
var partners = map[string]map[string][]string{
	"VAL-ZIP-2": {"postal_code": {"state"}, "state": {"postal_code"}},
	"VAL-DATE-4": {"effective_datetime": {"result_datetime"}, "result_datetime": {"effective_datetime"}, "start_date": {"end_date"},
		"end_date": {"start_date"}, "start_datetime": {"end_datetime"}, "end_datetime": {"start_datetime"},
		"onset_date": {"abatement_date"}, "abatement_date": {"onset_date"}, "recorded_date": {}},
	"VAL-LAB-2": {"abnormal_flag": {"reference_range", "reference_low", "reference_high"}},
}

// lacksPartner tells that what a rule compares a field with is absent: another field of the file, or another file of the job.
func lacksPartner(p *plan.Plan, id, field string) bool {
	has := func(name string) bool { return p.Slot(name) >= 0 }
	patients, encounters := p.File.References.Has("patient"), p.File.References.Has("encounter")
	switch id {
	case "VAL-REF-1":
		return field == "patient_id" && !patients || field == "encounter_id" && !encounters
	case "VAL-DATE-2":
		return !patients && !has("birth_date") && !has("patient_birth_date")
	case "VAL-DATE-3":
		return !patients && !has("death_date")
	case "VAL-DATE-5":
		return !encounters
	}
	all, ok := partners[id][field]
	return ok && !slices.ContainsFunc(all, has)
}
