package rule

import (
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

func TestClinicalStatus(t *testing.T) {
	ended := []string{"abatement_date=2024-03-05"}
	check(t, "condition", "clinical_status", nil, []example{
		// The examples of the book.
		{in: "Active", want: "active I"}, {in: "Resolved", want: "resolved I"}, {in: "active", peers: ended, want: "active W"},
		{in: "", want: "null"},
		// Its sentences.
		{in: "", peers: ended, want: "resolved W"}, {in: "N/A", peers: ended, want: "resolved W"},
		{in: "active", want: "active"}, {in: "recurrence", want: "recurrence"}, {in: "Relapse", want: "relapse I"},
		{in: "INACTIVE", want: "inactive I"}, {in: "remission", want: "remission"}, {in: "resolved", peers: ended, want: "resolved"},
		{in: "closed", want: "resolved W"}, {in: "Deleted", want: "resolved W"}, {in: "cured", peers: ended, want: "resolved W"},
		{in: "inactive", peers: ended, want: "inactive"}, {in: "remission", peers: ended, want: "remission"},
		// con-4 of FHIR R4 is about everything below active.
		{in: "Recurrence", peers: ended, want: "recurrence W"}, {in: "relapse", peers: ended, want: "relapse W"},
		// What the book does not say.
		{in: "zzz", want: "zzz kept W"}, {in: "zzz", peers: ended, want: "zzz kept W"}, {in: "In remission", want: "remission I"},
	})
	if g := run(t, "condition", "clinical_status", nil, "unknown"); g.String() != "null I unknown" {
		t.Error(g)
	}
	if g := run(t, "condition", "clinical_status", nil, "unknown", ended...); g.String() != "resolved W" {
		t.Error(g)
	}
}

// An end that could not be read is no reason to call a condition resolved.
func TestClinicalStatusBesideUnreadEnd(t *testing.T) {
	b := open(t, column(t, "condition", "clinical_status", nil))
	end := &record.Value{Text: []byte("ongoing"), Clean: []byte("ongoing"), Outcome: record.Kept}
	for text, want := range map[string]string{"": "null", "active": "active"} {
		v := b.eval.Eval([]byte(text), []*record.Value{end}, nil, &b.arena)
		if g := gotOf(v, nil); g.String() != want {
			t.Errorf("%q: %s, want %s", text, g, want)
		}
	}
}

func TestVerificationAndSeverity(t *testing.T) {
	check(t, "condition", "verification_status", nil, []example{
		{in: "Confirmed", want: "confirmed I"}, {in: "unconfirmed", want: "unconfirmed"}, {in: "provisional", want: "provisional"},
		{in: "Differential", want: "differential I"}, {in: "refuted", want: "refuted"}, {in: "Entered in Error", want: "entered-in-error I"},
		{in: "maybe", want: "maybe kept W"}, {in: "unknown", want: "null I unknown"},
	})
	check(t, "condition", "severity", nil, []example{
		{in: "Mild", want: "mild I"}, {in: "moderate", want: "moderate"}, {in: "24484000", want: "severe I"},
		{in: "255604002", want: "mild I"}, {in: "6736007", want: "moderate I"}, {in: "awful", want: "awful kept W"},
	})
}

func TestConditionRank(t *testing.T) {
	check(t, "condition", "rank", nil, []example{{in: "1", want: "1"}, {in: "+2", want: "2 I"}, {in: "first", want: "first kept E"}})
}
