package rule

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// The regular expression of FHIR R4 for dateTime, as rule STD-DATE-1 quotes it.
var fhirDateTime = regexp.MustCompile(`^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])` +
	`(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?)?)?)?$`)

// Layouts of the time package; the second is that of the output.
var (
	dayLayouts = []string{"2006-01-02", "2006-1-2", "2006/01/02", "2006/1/2", "2006.01.02", "2006.1.2", "2-Jan-2006", "02/Jan/2006",
		"2 January 2006", "2 Jan, 2006", "2-Jan,2006", "Jan 2, 2006", "January 2 2006", "02Jan2006", "2006-002", "Monday, 2 Jan 2006",
		"Mon 2006-01-02", "1/2/2006", "01-02-2006", "1.2.2006", "20060102"}
	clockLayouts = [][2]string{{"", ""}, {" 15:04", "T15:04:00"}, {"T15:04:05", "T15:04:05"}, {", 15:04:05", "T15:04:05"},
		{" 3:04 PM", "T15:04:00"}, {" 03:04:05pm", "T15:04:05"}, {",15:04:05.000", "T15:04:05.000"},
		{" 15:04:05 -0700", "T15:04:05-07:00"}, {"T15:04:05.000000Z07:00", "T15:04:05.000000Z07:00"}, {" 15:04-07", "T15:04:00-07:00"},
		{" 15:04 GMT", "T15:04:00Z"}}
	onlyLayouts = [][2]string{{"2006-01", "2006-01"}, {"01/2006", "2006-01"}, {"January 2006", "2006-01"}, {"200601", "2006-01"},
		{"200601021504", "2006-01-02T15:04:00"}, {"20060102150405", "2006-01-02T15:04:05"}, {"02Jan2006:15:04:05", "2006-01-02T15:04:05"},
		{"20060102150405-0700", "2006-01-02T15:04:05-07:00"}, {"200601021504+0000", "2006-01-02T15:04:00+00:00"},
		{"01022006", "2006-01-02"}, {"20060102150405.000", "2006-01-02T15:04:05.000"}}
)

func TestLayoutsComeBack(t *testing.T) {
	layouts := append([][2]string(nil), onlyLayouts...)
	for _, day := range dayLayouts {
		for _, clock := range clockLayouts {
			layouts = append(layouts, [2]string{day + clock[0], "2006-01-02" + clock[1]})
		}
	}
	p := params(func(p *Params) { p.DateOrder = MonthFirst })
	b := open(t, column(t, "encounter", "start_datetime", p))
	random := rand.New(rand.NewPCG(1, 2))
	for _, layout := range layouts {
		for range 40 {
			at := randomTime(random, layout[0])
			text, want := at.Format(layout[0]), at.Format(layout[1])
			if g := b.run(text); g.Text != want || g.Outcome == "kept" || g.Severity > "I" {
				t.Errorf("%q: %q, got %q, want %q", layout[0], text, g, want)
			}
		}
	}
}

// randomTime returns a time of 1901 to 2024.
func randomTime(random *rand.Rand, layout string) time.Time {
	seconds := int64(-2_177_000_000) + random.Int64N(3_900_000_000)
	zone := time.UTC
	if strings.Contains(layout, "07") {
		zone = time.FixedZone("", (random.IntN(27)-13)*3600)
	}
	return time.Unix(seconds, random.Int64N(1e9)).In(zone)
}

// pieces are what random dates are put together from.
var pieces = []string{"0", "1", "2", "3", "12", "13", "31", "00", "05", "1899", "1900", "1957", "2024", "9999", "24", "99", "45292", "1704067200",
	"-", "-", "/", "/", ".", ":", ":", " ", " ", ",", "T", "Z", "+", "AM", "pm", "Mar", "May", "sept", "UN", "UNK", "?", "GMT", "EST", "Mon"}

func randomText(random *rand.Rand) string {
	var b strings.Builder
	for range 1 + random.IntN(11) {
		b.WriteString(pieces[random.IntN(len(pieces))])
	}
	return b.String()
}

// cleaner cleans the text of a column that is composed into a date, as the pipeline does.
func cleaner(t testing.TB) func(string) string {
	c := &Column{Entity: "vital", Field: "_time", Type: "code", Key: "measure_time", Params: params()}
	b := &bench{t: t, chain: Chain{Column: c}, eval: NewEvaluator(Chain{Column: c}, Hygiene(), NewCounters(), false)}
	return func(text string) string { return string(b.run(text).Value.Clean) }
}

// likelyText is a random date in some shape, which may be wrong.
func likelyText(random *rand.Rand) string {
	number := func(limit int) string {
		return fmt.Sprintf([]string{"%d", "%02d"}[random.IntN(2)], random.IntN(limit))
	}
	sep := string("-/. "[random.IntN(4)])
	year := []string{"2024", "24", "1957", "1900", "9999", "70"}[random.IntN(6)]
	parts := []string{number(34), number(14), year}
	random.Shuffle(3, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return strings.Join(parts, sep) + []string{"", " 10:00", " 00:00:00", "T24:00", " 9 PM"}[random.IntN(5)]
}

func TestMergeOrderDoesNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		c := column(t, "patient", "birth_date", nil)
		all := weighDates(c).(*dateWeigher)
		parts := []*dateWeigher{weighDates(c).(*dateWeigher), weighDates(c).(*dateWeigher), weighDates(c).(*dateWeigher)}
		for range 200 {
			text, n := []byte(likelyText(random)), 1+random.Int64N(3)
			all.Add(text, n)
			for range n {
				parts[random.IntN(3)].Add(text, 1)
			}
		}
		random.Shuffle(3, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		parts[0].Merge(parts[1])
		parts[0].Merge(parts[2])
		all.reading, parts[0].reading = calendar.Reading{}, calendar.Reading{}
		if !reflect.DeepEqual(all, parts[0]) {
			t.Fatalf("together %+v, apart %+v", all, parts[0])
		}
	}
}

// settings are columns in which random texts are tried: the fields of every type and event, with different evidence.
func settings(t testing.TB) (names []string, all []func() (*bench, *bench)) {
	evidence := map[string][]string{
		"none": nil, "month first": {"03/14/2024", "3.14.24", "03142024"}, "both": {"03/14/2024", "14/03/2024"},
		"serials": repeat(30, "45292"), "seconds": repeat(30, "1704067200"), "milliseconds": repeat(30, "1704067200000"),
	}
	for _, field := range [][2]string{{"patient", "birth_date"}, {"patient", "death_date"}, {"medication", "end_date"},
		{"imaging_study", "study_datetime"}} {
		for name, weigh := range evidence {
			for _, order := range []Order{OrderUnset, DayFirst} {
				p := params(func(p *Params) { p.DateOrder = order })
				names = append(names, strings.Join(field[:], ".")+" "+name)
				all = append(all, func() (*bench, *bench) {
					c := column(t, field[0], field[1], p)
					c.Harmonized = true
					return open(t, column(t, field[0], field[1], p), weigh...), open(t, c)
				})
			}
		}
	}
	return names, all
}

// checkDate holds what is true of every date: the output is one of FHIR or the text itself, and the second time nothing changes.
func checkDate(t testing.TB, name string, first, second *bench, text string, peers ...string) {
	g := first.run(text, peers...)
	kept := g.Value.Outcome == record.Kept
	if g.Null {
		return
	}
	if !kept && !fhirDateTime.MatchString(g.Text) {
		t.Fatalf("%s: %q became %q, which is no date of FHIR", name, text, g.Text)
	}
	if kept && len(peers) == 0 && !bytes.Equal(g.Value.Text, g.Value.Clean) {
		t.Fatalf("%s: %q is kept as %q", name, text, g.Text)
	}
	h := second.run(g.Text, peers...)
	if h.Text != g.Text || (h.Outcome == "kept") != kept || (h.Severity == "E") != (g.Severity == "E") {
		t.Fatalf("%s: %q %v became %q %v, then %q %v", name, text, peers, g, g.Rules, h, h.Rules)
	}
}

func TestDatesTwiceIsOnce(t *testing.T) {
	names, all := settings(t)
	clean := cleaner(t)
	part := func(random *rand.Rand) string { return clean(randomText(random)) }
	random := rand.New(rand.NewPCG(5, 6))
	for i, make := range all {
		first, second := make()
		for range 400 {
			checkDate(t, names[i], first, second, likelyText(random))
			checkDate(t, names[i], first, second, randomText(random))
			checkDate(t, names[i], first, second, likelyText(random), "_time="+part(random))
			checkDate(t, names[i], first, second, "", "_year="+part(random), "_month="+part(random), "_day="+part(random))
		}
	}
}

func FuzzDates(f *testing.F) {
	for _, text := range []string{"2024-03-05T14:05:00.25-05:00", "09/19/2024 10:15 AM", "16-Mar-2025 12:15", "05MAR2024:10:00:00", "UN/UNK/2024",
		"20240305140530.25-0500", "45658.5", "-86400", "2024-366", "Tue, 5 Mar 2024 24:00 GMT"} {
		f.Add(text, "", uint8(0))
		f.Add(text, "1405", uint8(43))
	}
	names, makers := settings(f)
	clean := cleaner(f)
	type pair struct{ first, second *bench }
	pairs := make([]pair, len(makers))
	for i, make := range makers {
		pairs[i].first, pairs[i].second = make()
	}
	f.Fuzz(func(t *testing.T, text, time string, setting uint8) {
		i := int(setting) % len(pairs)
		checkDate(t, names[i], pairs[i].first, pairs[i].second, text)
		checkDate(t, names[i], pairs[i].first, pairs[i].second, text, "_time="+clean(time))
	})
}

func BenchmarkDates(b *testing.B) {
	cases := []struct{ name, text string }{
		{"iso", "2024-09-19"}, {"canonical", "2024-09-19T10:15:00"}, {"us12h", "09/19/2024 10:15 AM"}, {"named", "16-Mar-2025 12:15"},
		{"undecided", "03/04/2024"}, {"hl7", "20240305140530"}, {"text", "not a date at all"},
	}
	for _, c := range cases {
		text := []byte(c.text)
		b.Run("parse/"+c.name, func(b *testing.B) {
			var r calendar.Reading
			b.ReportAllocs()
			for b.Loop() {
				calendar.Parse(text, &r)
			}
		})
		b.Run("weigh/"+c.name, func(b *testing.B) {
			w := weighDates(column(b, "encounter", "start_datetime", nil))
			b.ReportAllocs()
			for b.Loop() {
				w.Add(text, 1)
			}
		})
		b.Run("cell/"+c.name, func(b *testing.B) {
			e := open(b, column(b, "encounter", "start_datetime", nil))
			none := []*record.Value{record.Null, record.Null, record.Null, record.Null, record.Null}
			b.ReportAllocs()
			for b.Loop() {
				e.arena.Reset()
				e.eval.Eval(text, nil, none, &e.arena)
			}
		})
	}
}
