package rule

import "testing"

func TestNDC(t *testing.T) {
	check(t, "medication", "ndc", nil, []example{
		{in: "0574-4072-05", want: "00574407205 I"}, {in: "51655-089-52", want: "51655008952 I"}, {in: "58118-1397-3", want: "58118139703 I"},
		{in: "0574407205", want: "0574407205 kept E"}, {in: "123456-7890-12", want: "123456-7890-12 kept W"},
		{in: "00574-4072-05", want: "00574407205 I"}, {in: "00574407205", want: "00574407205"}, {in: "123456789012", want: "123456789012 kept W"},
		{in: "123456-789-12", want: "123456-789-12 kept E"}, {in: "123456-7890-1", want: "123456-7890-1 kept E"},
		{in: "0574-*-05", want: "0574-*-05 kept E"}, {in: "0574-40*2-05", want: "0574-40*2-05 kept E"}, {in: "ABC", want: "ABC kept E"},
		{in: "0574-4072", want: "0574-4072 kept E"}, {in: "0574-4072-05-1", want: "0574-4072-05-1 kept E"}, {in: "0574-4072-", want: "0574-4072- kept E"},
		{in: "574407205", want: "574407205 kept E"}, {in: "5.74E+08", want: "5.74E+08 kept E"}, {in: "51655008952.0", want: "51655008952 W"},
		{in: "4-4-2", want: "4-4-2 kept E"},
	})
	g := run(t, "medication", "ndc", nil, "0574407205")
	if want := "ten digits without hyphens: 00574407205 (4-4-2), 05744007205 (5-3-2) or 05744072005 (5-4-1)"; g.Notes["VAL-NDC-1"] != want {
		t.Errorf("candidates: %q", g.Notes["VAL-NDC-1"])
	}
}
