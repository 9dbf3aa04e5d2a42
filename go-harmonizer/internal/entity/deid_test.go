package entity

import (
	"slices"
	"strings"
	"testing"
)

// treatments say whether something has to stand after the colon.
var treatments = map[Treatment]bool{Stays: false, StaysNumber: false, StaysRead: true, StaysMark: false, Removed: false, RemovedText: false,
	Pseudonym: true, PseudonymUID: false, YearOnly: false, YearOfBirth: false, TopCoded: false, ZIPPrefix: false}

// No field is forgotten: each says what Safe Harbor makes of it, and what that is about is there.
func TestEveryFieldSaysWhatSafeHarborMakesOfIt(t *testing.T) {
	n := 0
	for _, e := range All() {
		for i := range e.Fields {
			f := &e.Fields[i]
			n++
			how, of := f.Treatment()
			about, known := treatments[how]
			if !known || about != (len(of) > 0) {
				t.Errorf("%s.%s: treatment %q", e.Name, f.Name, f.Deid)
			}
			for _, name := range of {
				if how == StaysRead && e.Field(name) < 0 {
					t.Errorf("%s.%s is read into %s, which is no field", e.Name, f.Name, name)
				}
			}
		}
	}
	if n < 150 {
		t.Fatalf("only %d fields", n)
	}
}

// What a type of the rule book must not stay as it is, whatever its field is called.
func TestTreatmentsFitTheTypes(t *testing.T) {
	allowed := map[string][]Treatment{
		"id":       {Removed, Pseudonym, StaysMark},
		"name":     {Removed},
		"phone":    {Removed},
		"email":    {Removed},
		"text":     {RemovedText},
		"date":     {YearOnly, YearOfBirth},
		"datetime": {YearOnly, YearOfBirth},
	}
	for _, e := range All() {
		for i := range e.Fields {
			f := &e.Fields[i]
			how, _ := f.Treatment()
			if want := allowed[f.Type]; want != nil && !slices.Contains(want, how) {
				t.Errorf("%s.%s is of type %s and is treated as %q", e.Name, f.Name, f.Type, how)
			}
			if born := f.Event == "birth"; born != (how == YearOfBirth) {
				t.Errorf("%s.%s: %q for a date of event %q", e.Name, f.Name, how, f.Event)
			}
			if strings.HasSuffix(f.Name, "_uid") && how != PseudonymUID && f.Name != "sop_class_uid" { // A class of objects, not one.
				t.Errorf("%s.%s: %q for a UID", e.Name, f.Name, how)
			}
		}
	}
}

// A value that two files share must become the same in both.
func TestReferencesShareTheirClass(t *testing.T) {
	for name, want := range map[string]string{"patient_id": "patient", "encounter_id": "encounter", "provider_id": "provider",
		"ordering_provider_id": "provider", "prescriber_id": "provider"} {
		found := false
		for _, e := range All() {
			if i := e.Field(name); i >= 0 {
				found = true
				if how, of := e.Fields[i].Treatment(); how != Pseudonym || of[0] != want {
					t.Errorf("%s.%s: %q", e.Name, name, e.Fields[i].Deid)
				}
			}
		}
		if !found {
			t.Errorf("no entity has %s", name)
		}
	}
}
