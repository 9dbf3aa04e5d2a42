package rule

import "testing"

func TestMissing(t *testing.T) {
	for _, e := range []struct{ entity, field, in, want string }{
		{"patient", "phone", "N/A", "null I unknown"},
		{"patient", "phone", "n.a.", "null I unknown"},
		{"patient", "email", `\N`, "null I unknown"},
		{"patient", "email", "#N/A", "null I unknown"},
		{"patient", "email", "(NULL)", "null I unknown"},
		{"patient", "mrn", "---", "null I unknown"},
		{"patient", "mrn", "----", "----"},
		{"patient", "mrn", "xxx", "null I masked"},
		{"patient", "mrn", "***", "null I masked"},
		{"patient", "email", "unable to obtain", "null I unknown"},
		{"patient", "email", "Not Applicable", "null I not-applicable"},
		{"patient", "email", "Declined  to answer", "null I asked-declined"},
		{"patient", "email", "#REF!", "null W error"},
		{"patient", "email", "unk", "null I unknown"},
		{"patient", "language", "?", "null I unknown"},
		{"patient", "race", "Declined", "Declined"},
		{"patient", "race", "Unknown", "Unknown"},
		{"patient", "race", "Refused", "null I asked-declined"},
		{"patient", "gender", "N/A", "null I unknown"},
		{"patient", "blood_type", "Unknown", "null I unknown"},
		{"patient", "last_name", "Null", "Null"},
		{"patient", "last_name", "NA", "NA"},
		{"patient", "last_name", "N/A", "null I unknown"},
		{"patient", "country", "NA", "NA"},
		{"patient", "country", "n/a", "null I unknown"},
		{"lab_result", "test_name", "Na", "Na"},
		{"lab_result", "test_name", "N/A", "null I unknown"},
		{"lab_result", "result_value", "-", "null W unknown"},
		{"lab_result", "result_value", "\u2212", "null W unknown"},
		{"lab_result", "result_value", "--", "null I unknown"},
		{"lab_result", "result_value", "ND", "ND"},
		{"lab_result", "result_value", "None", "None"},
		{"lab_result", "result_value", "none seen", "none seen"},
		{"lab_result", "result_value", "Trace", "Trace"},
		{"lab_result", "result_value", "pending", "null I temp-unknown"},
		{"lab_result", "result_value", "Not Done", "null I not-performed"},
		{"lab_result", "status", "cancelled", "cancelled"},
		{"lab_result", "unit", `""`, "null I unknown"},
		{"lab_result", "comment", "cancelled", "cancelled"},
		{"lab_result", "comment", "NaN", "null I unknown"},
		{"patient", "passes_through", "cancelled", "cancelled"},
		{"patient", "passes_through", "-", "-"},
		{"patient", "passes_through", "#DIV/0!", "null W error"},
		{"generic", "anything", "unknown", "unknown"},
		{"generic", "anything", "n/a", "null I unknown"},
		{"vital", "value", "none", "null I unknown"},
	} {
		if g := cleaned(t, e.entity, e.field, e.in); g.String() != e.want {
			t.Errorf("%s.%s %q: got %q, want %q", e.entity, e.field, e.in, g, e.want)
		}
	}
}

func TestMissingConceptID(t *testing.T) {
	c := column(t, "patient", "gender", nil)
	c.Key = "gender_concept_id"
	e := NewEvaluator(Chain{Column: c}, Hygiene(), NewCounters(), false)
	for in, want := range map[string]string{"0": "null I unknown", "8507": "8507", "00": "00"} {
		if g := gotOf(e.Eval([]byte(in), nil, nil, new(Arena)), nil); g.String() != want {
			t.Errorf("%q: got %q, want %q", in, g, want)
		}
	}
}

func TestIsMissing(t *testing.T) {
	for text, want := range map[string]bool{"Na": true, "NA": true, "Sodium": false, "": false, "declined to answer": true, "patient declined to answer": false} {
		if IsMissing([]byte(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}
