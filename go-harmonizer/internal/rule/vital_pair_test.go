package rule

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// pairRunner runs rule VAL-VIT-2 over two records, each type, value, unit and panel_id.
func pairRunner(first, second [4]string) []RowFinding {
	columns := make([][]*record.Value, 4)
	for i := range columns {
		for _, text := range []string{first[i], second[i]} {
			v := record.Null
			if text != "" {
				v = &record.Value{Text: []byte(text), Clean: []byte(text), Outcome: record.OK}
			}
			columns[i] = append(columns[i], v)
		}
	}
	run := NewRowRunner(pressurePair, nil, params(), []int{0, 1, 2, 3}, new(Arena))
	if found := run.Run(columns, 0, -1); len(found) > 0 {
		return nil // The first of two has none before it.
	}
	return run.Run(columns, 1, 0)
}

func TestPressurePair(t *testing.T) {
	const s, d, mm = systolicBP, diastolicBP, "mm[Hg]"
	for _, e := range []struct {
		first, second [4]string
		want          string
	}{
		{[4]string{s, "120", mm, "1"}, [4]string{d, "80", mm, "1"}, ""},
		{[4]string{s, "80", mm, "1"}, [4]string{d, "120", mm, "1"}, "E"},
		{[4]string{s, "80", mm, "1"}, [4]string{d, "80.0", mm, "1"}, "E"},
		{[4]string{s, "89", mm, "1"}, [4]string{d, "80", mm, "1"}, "W"},
		{[4]string{s, "90", mm, "1"}, [4]string{d, "80", mm, "1"}, ""},
		{[4]string{s, "230", mm, "1"}, [4]string{d, "80", mm, "1"}, ""},
		{[4]string{s, "231", mm, "1"}, [4]string{d, "80", mm, "1"}, "W"},
		{[4]string{s, "80", mm, "1"}, [4]string{d, "120", mm, "2"}, ""},
		{[4]string{s, "80", mm, ""}, [4]string{d, "120", mm, ""}, ""},
		{[4]string{d, "80", mm, "1"}, [4]string{s, "70", mm, "1"}, ""},
		{[4]string{s, "80", mm, "1"}, [4]string{s, "120", mm, "1"}, ""},
		{[4]string{s, "80", mm, "1"}, [4]string{d, "", mm, "1"}, ""},
		{[4]string{s, "80 x", mm, "1"}, [4]string{d, "120", mm, "1"}, ""},
		{[4]string{s, "80", "furlongs", "1"}, [4]string{d, "120", mm, "1"}, ""},
		{[4]string{s, "80", mm, "1"}, [4]string{d, "120", "", "1"}, ""},
	} {
		got := ""
		for _, f := range pairRunner(e.first, e.second) {
			got += letter(f.Finding.Severity)
			if !f.Both || f.Finding.Rule != "VAL-VIT-2" || f.Field != pairValue {
				t.Errorf("%v: %+v", e, f)
			}
		}
		if got != e.want {
			t.Errorf("%v %v: got %q, want %q", e.first, e.second, got, e.want)
		}
	}
}

// TestVitalsGolden is the golden counts of the vitals of the simple mock EHR (section 13 of the rule book).
func TestVitalsGolden(t *testing.T) {
	rows := sampleRows(t, "seed-sample-data/vitals.csv")
	b := openVitals(t, false)
	spellings, types, pairs, severities, flawed := map[string]bool{}, map[string]bool{}, 0, map[string]int{}, 0
	for _, row := range rows {
		records := b.split(row["vital_type"], row["vital_value"], row["unit"])
		spellings[row["vital_type"]] = true
		if IsBloodPressure([]byte(row["vital_type"])) {
			types[bloodPressure] = true
		} else {
			types[records[0].kind.Text] = true
		}
		for _, g := range records {
			if g.kind.Severity == "E" || g.value.Outcome == "kept" || g.unit.Severity == "E" {
				flawed++
			}
			b.again(t, g)
		}
		if len(records) == 2 {
			pairs++
			side := func(g vitalGot) [4]string { return [4]string{g.kind.Text, g.value.Text, g.Unit, "1"} }
			for _, f := range pairRunner(side(records[0]), side(records[1])) {
				severities[letter(f.Finding.Severity)]++
			}
		}
	}
	if len(rows) != 500 || len(spellings) != 12 || len(types) != 7 || flawed != 0 {
		t.Errorf("%d rows, %d spellings of %d types, %d not understood; want 500, 12, 7, 0", len(rows), len(spellings), len(types), flawed)
	}
	if pairs != 75 || severities["E"] != 5 || severities["W"] != 1 {
		t.Errorf("%d blood pressures, %v; want 75, 5 E, 1 W", pairs, severities)
	}
}

// sampleRows reads a file of the samples beside the repository; without it the test is skipped.
func sampleRows(t *testing.T, name string) []map[string]string {
	t.Helper()
	path := "../../../../shared/data/" + name
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipped: the samples are not beside the repository: ../shared/data/" + name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}
