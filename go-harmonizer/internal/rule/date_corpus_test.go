package rule

import (
	"encoding/csv"
	"maps"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
)

// sharedRows reads a CSV file of the shared data, which is not part of the repository.
func sharedRows(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open("../../../../shared/data/" + name)
	if err != nil {
		t.Skipf("skipped: ../shared/data/%s is not here", name)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// sameInstant tells that an output says what the corpus expects: local times count as UTC there, partial dates as their first day.
func sameInstant(t *testing.T, out, want string) bool {
	t.Helper()
	expected, err := time.Parse("2006-01-02 15:04:05.999999999 -0700 MST", want)
	if err != nil {
		t.Fatalf("answer %q: %v", want, err)
	}
	var r calendar.Reading
	if !readCanonical([]byte(out), &r) {
		return false
	}
	fraction, err := time.ParseDuration("0." + string(r.Clock.Fraction) + "0s")
	if err != nil {
		t.Fatal(err)
	}
	m := r.Moment
	m.Month, m.Day = max(m.Month, 1), max(m.Day, 1)
	return time.Unix(int64(instant(&m)), int64(fraction)).Equal(expected)
}

// outside are the forms of the corpus that the rule book does not have, in the order in which they are tried, with how often the
// corpus uses them.
var outside = []struct {
	name  string
	form  *regexp.Regexp
	count int
}{
	{"time before the year", regexp.MustCompile(`:\d\d?( \S+)? \d{4}$`), 17},
	{"zone by name and offset, or in brackets", regexp.MustCompile(`[A-Z]{3,4}[-+]\d\d|\(.*\)|[-+]\d\d:?\d\d [A-Z+]|\+0300 \+03`), 45},
	{"one digit of minutes or seconds", regexp.MustCompile(`:\d(:|\.|\D|$)`), 25},
	{"year with an apostrophe", regexp.MustCompile(`'\d\d$`), 5},
	{"month with a point", regexp.MustCompile(`(?i)^[a-z]+\. `), 2},
	{"ordinal day", regexp.MustCompile(`(?i)\d(st|nd|rd|th),? `), 15},
	{"month by name behind the year, or Chinese", regexp.MustCompile(`\d{4}(-[A-Z]|年)`), 3},
	{"colons within the date", regexp.MustCompile(`^\d+:\d+:\d+ `), 8},
	{"offset of a date", regexp.MustCompile(`^\d{4}-\d\d-\d\d\+`), 2},
	{"fraction behind a comma or colon", regexp.MustCompile(`:\d\d[,:]\d{3}`), 2},
	{"year and month with a point", regexp.MustCompile(`^\d{4}\.\d\d$`), 1},
	{"six digits and a time", regexp.MustCompile(`^\d{6} `), 1},
	{"numbers without a column that explains them", regexp.MustCompile(`^\d+$`), 4},
}

// The corpus holds what a lenient parser reads. The forms of the rule book are fewer; what it reads must mean the same.
func TestDatesOfOthers(t *testing.T) {
	rows := sharedRows(t, "dates/araddon_dateparse.csv")[1:]
	b := open(t, column(t, "encounter", "start_datetime", params(func(p *Params) { p.DateOrder = MonthFirst })))
	agree, kept := 0, map[string]int{}
	for _, row := range rows {
		group, in, want, zone := row[0], row[1], row[2], row[3]
		if group != "testInputs" || zone != "" { // The zone of the computer plays no part in the rule book.
			continue
		}
		switch g := b.run(in); {
		case g.Outcome == "kept":
			kept[nameOutside(in)]++
		case sameInstant(t, g.Text, want):
			agree++
		default:
			t.Errorf("%q became %q, others say %s", in, g.Text, want)
		}
	}
	want := map[string]int{}
	for _, f := range outside {
		want[f.name] = f.count
	}
	if agree != 177 || !maps.Equal(kept, want) {
		t.Errorf("%d agree, kept: %v, want %v", agree, kept, want)
	}
}

func nameOutside(text string) string {
	for _, f := range outside {
		if f.form.MatchString(text) {
			return f.name
		}
	}
	return text
}

// Two texts the lenient parser refuses are dates of the rule book: a day beyond 12 proves its order, and outer space is trimmed.
func TestErrorsOfOthers(t *testing.T) {
	rows := sharedRows(t, "dates/araddon_dateparse.csv")[1:]
	b := open(t, column(t, "encounter", "start_datetime", nil))
	read := map[string]string{}
	for _, row := range rows {
		if g := b.run(row[1]); row[4] == "error" && g.Outcome != "kept" {
			read[row[1]] = g.Text
		}
	}
	want := map[string]string{"29-06-2016": "2016-06-29", " 2018-01-02 17:08:09 -07:00": "2018-01-02T17:08:09-07:00"}
	if !maps.Equal(read, want) {
		t.Errorf("read %v", read)
	}
}

// Golden counts of section 13.
func TestSeedDates(t *testing.T) {
	cases := []struct {
		file, header, entity, field string
		values                      int
		shapes                      map[string]DateShape
		iso                         int
	}{
		{"patients", "date_of_birth", "patient", "birth_date", 100, map[string]DateShape{
			"N/N/YYYY": {"N/N/YYYY", 0, 22, 14, "month first, by proof"},
			"N-N-YYYY": {"N-N-YYYY", 22, 0, 12, "day first, by proof"},
		}, 25},
		{"lab_results", "test_date", "lab_result", "effective_datetime", 400, nil, -1},
		{"vitals", "observation_datetime", "vital", "effective_datetime", 500, nil, -1},
		{"medications", "start_date", "medication", "start_date", 300, nil, -1},
		{"medications", "end_date", "medication", "end_date", 185, nil, -1},
	}
	for _, c := range cases {
		texts := columnOf(t, "seed-sample-data/"+c.file+".csv", c.header)
		b := open(t, column(t, c.entity, c.field, nil), texts...)
		done, iso := 0, 0
		for _, text := range texts {
			g := b.run(text)
			if g.Null || g.Outcome == "kept" {
				continue
			}
			done++
			if g.Text == text {
				iso++
			}
			if g.Severity == "E" || g.Severity == "W" {
				t.Errorf("%s.%s: record has %v", c.file, c.header, g.Rules)
			}
		}
		if done != c.values || c.iso >= 0 && iso != c.iso {
			t.Errorf("%s.%s: %d standardized, %d of them as they were; want %d, %d", c.file, c.header, done, iso, c.values, c.iso)
		}
		for _, s := range dates.Describe(b.chain.Column).Shapes {
			if want, ok := c.shapes[s.Shape]; c.shapes != nil && (!ok || s != want) {
				t.Errorf("%s.%s: %+v", c.file, c.header, s)
			}
		}
	}
}

func columnOf(t *testing.T, file, header string) []string {
	t.Helper()
	rows := sharedRows(t, file)
	at := position(rows[0], header)
	var texts []string
	for _, row := range rows[1:] {
		texts = append(texts, row[at])
	}
	return texts
}

func TestSeedPeriods(t *testing.T) {
	file := "seed-sample-data/medications.csv"
	start := runColumn(t, "medication", "start_date", nil, columnOf(t, file, "start_date")...)
	end := runColumn(t, "medication", "end_date", nil, columnOf(t, file, "end_date")...)
	for i := range start {
		if later([]byte(start[i].Text), []byte(end[i].Text)) {
			t.Errorf("record %d starts after its end", i+1)
		}
	}
}
