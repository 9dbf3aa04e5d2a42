package rule

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestLabGolden holds the rules to the counts of section 13 of the rule book for the labs of the mock EHR.
func TestLabGolden(t *testing.T) {
	file, err := os.Open("../../../../shared/data/seed-sample-data/lab_results.csv")
	if err != nil {
		t.Skip("skipped: the mock EHR is not at ../shared/data")
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var weigh []string
	for _, row := range rows[1:] {
		weigh = append(weigh, row[3])
	}
	b, second := openLabs(t, false, "result_value", weigh...), openLabs(t, true, "result_value")
	got := map[string]int{}
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, cell := range row {
			cells[rows[0][i]] = cell
		}
		out := b.run(cells)
		count(got, out)
		checkAgain(t, second, strings.Join(row, ","), out)
	}
	for what, want := range map[string]int{"numeric": 366, "ordinal": 14, "Negative": 9, "Positive": 4, "Trace": 7, "two-sided": 324,
		"exclusive high": 42, "text range": 34, "VAL-LAB-4 W": 237, "VAL-LAB-2 W": 0, "tested": 366, "errors": 0} {
		if got[what] != want {
			t.Errorf("%s: %d, want %d", what, got[what], want)
		}
	}
}

func count(got map[string]int, out labOut) {
	f := out.fields
	if f["value_number"] != "" {
		got["numeric"]++
		if _, flagged := directionOf([]byte(f["abnormal_flag"])); flagged && f["reference_low"]+f["reference_high"] != "" {
			got["tested"]++
		}
	}
	if text := f["value_text"]; strings.HasSuffix(text, "+") {
		got["ordinal"]++
	} else {
		got[text]++
	}
	switch low, high := f["reference_low"], f["reference_high"]; {
	case low != "" && high != "":
		got["two-sided"]++
	case high == "200" && f["reference_high_exclusive"] == "true":
		got["exclusive high"]++
	case low+high == "":
		got["text range"]++
	}
	for _, issue := range out.issues {
		_, rule, _ := strings.Cut(issue, " ")
		got[rule]++
		if strings.HasSuffix(issue, " E") {
			got["errors"]++
		}
	}
}

func TestCommaEvidence(t *testing.T) {
	for _, e := range []struct{ column, want string }{
		{"5,4|1,234|Negative|<7,5", "5.4|1.234|Negative|<7.5"},
		{"1,234|2,500.5", "1234|2500.5"},
		{"5,4|1,000.5|1,234", "5.4|1000.5|1,234"},
	} {
		texts := strings.Split(e.column, "|")
		b, second := openLabs(t, false, "result_value", texts...), openLabs(t, true, "result_value")
		for i, want := range strings.Split(e.want, "|") {
			out := b.run(map[string]string{"test_name": "x", "result_value": texts[i]})
			if got := out.fields["result_value"]; got != want {
				t.Errorf("%s: %s became %s, want %s", e.column, texts[i], got, want)
			}
			if want == "1,234" && (out.loud() != "result_value STD-NUM-3 E" || out.fields["value_text"] != "") {
				t.Errorf("an unreadable comma: %v %v", out.fields, out.issues)
			}
			checkAgain(t, second, texts[i], out)
		}
	}
}

func TestSuspectedSentinel(t *testing.T) {
	counts := map[string]int64{}
	b := openLabs(t, false, "result_value")
	add := func(cells string, n int64) {
		if v := b.run(cellsOf(cells)).values["result_value"]; v.Tally > 0 {
			counts[b.counted[slices.Index(labFields, "result_value")].All[v.Tally-1].Finding.Message] += n
		}
	}
	add("l=777-3; v=250; u=K/uL", 300)
	add("l=777-3; v=999; u=K/uL", 19)
	add("l=2345-7; v=1500; u=mg/dL", 500) // of another analyte
	add("t=x; v=1500; u=mg/dL", 500)      // of none
	add("l=777-3; v=>1000; u=K/uL", 500)  // compared
	if found := suspected(nil, counts); len(found) != 0 {
		t.Error("19 are not enough")
	}
	add("l=777-3; v=999; u=K/uL", 1)
	if found := suspected(nil, counts); len(found) != 1 || found[0].Rule != "NULL-2" {
		t.Errorf("20 of 320 and the greatest: got %v", found)
	}
	add("l=777-3; v=1000; u=K/uL", 1)
	if found := suspected(nil, counts); len(found) != 0 {
		t.Error("it is not the greatest any more")
	}
}

// FuzzLab holds to it that what comes out comes out again, whatever goes in.
func FuzzLab(f *testing.F) {
	for _, s := range []string{"5.5|mmol/L|14749-6|Glucose|3.9-5.5|LT", "48|mmol/mol|4548-4||<42|", "5.5 mmol/L||3091-6|Urea|[3,5, 5,1]|",
		"0-2|/HPF|||0-2 /hpf|", "8840|umol/L|2160-0|||", "1,234|G/L||ALT|>5|>=", "+1|ratio||INR||", "-1|%||hba1c|-2-2|"} {
		f.Add(s)
	}
	first, second := openLabs(f, false, "result_value"), openLabs(f, true, "result_value")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 300 {
			return
		}
		cells := map[string]string{}
		for i, cell := range strings.Split(text, "|") {
			if i < 6 {
				cells[[]string{"result_value", "unit", "loinc_code", "test_name", "reference_range", "value_comparator._comparator"}[i]] = cell
			}
		}
		out := first.run(cells)
		checkAgain(t, second, strconv.Quote(text), out)
	})
}

func BenchmarkLab(b *testing.B) {
	bench := openLabs(b, false, "result_value")
	at := 16 // result_value
	for name, cells := range map[string]string{"canonical": "_analyte=glucose; _unit=mg/dL", "converted": "_analyte=glucose; _unit=mmol/L"} {
		b.Run(name, func(b *testing.B) {
			c := &Cell{column: bench.chains[at].Column, arena: new(Arena)}
			c.peers, c.sources = peersOf(bench.chains[at].Peers(), cellsOf(cells)), peersOf(bench.chains[at].Sources(), nil)
			c.derived = derivedFor(bench.chains[at])
			run, raw := labValue.Bind(c.column), []byte("5.5")
			b.ReportAllocs()
			for b.Loop() {
				c.Text, c.findings, c.stopped, c.outcome = raw, c.findings[:0], false, 0
				c.arena.Reset()
				run(c)
			}
		})
	}
}
