package entity

import "testing"

func TestRecognizes(t *testing.T) {
	for _, c := range []struct {
		name string
		row  []string
		o    Options
		want bool
	}{
		{"a header", []string{"patient_id", "first_name", "last_name", "dob", "gender"}, Options{}, true},
		{"data with a word that is some entity's alias", []string{"1", "Drug", "2.50"}, Options{}, false},
		{"the same word under the entity that has it", []string{"1", "Drug", "2.50"}, Options{Entity: "medication"}, true},
		{"a column the job maps", []string{"x", "y"}, Options{ColumnMap: map[string]string{"x": "patient_id"}}, true},
		{"a column only we write", []string{"record_no", "1"}, Options{}, true},
		{"no entity of that name", []string{"patient_id"}, Options{Entity: "nobody"}, false},
	} {
		if got := Recognizes(c.row, c.o); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
