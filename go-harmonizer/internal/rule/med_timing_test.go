package rule

import (
	"strings"
	"testing"
)

// timingOf writes a timing: code frequency/period-max unit when xcount prn.
func timingOf(g got) string {
	d := g.Derived
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(d["timing_code"])
	if d["timing_frequency"] != "" {
		period := d["timing_period"]
		if d["timing_period_max"] != "" {
			period += "-" + d["timing_period_max"]
		}
		add(d["timing_frequency"] + "/" + period + " " + d["timing_period_unit"])
	}
	add(d["timing_when"])
	if d["timing_count"] != "" {
		add("x" + d["timing_count"])
	}
	if d["as_needed"] == "true" {
		add("prn")
	}
	return strings.Join(parts, " ")
}

func TestTimings(t *testing.T) {
	for want, texts := range map[string]string{
		"QD 1/1 d":             "qd|QD|daily|once daily|Once Daily|every day|q.d.|qday|q day|1x daily|once a day|every 1 day|each day|1x/day|one time a day",
		"BID 2/1 d":            "bid|twice daily|Twice daily|b.i.d.|2 times a day|B.I.D|2x/day|two times daily|twice a day|twice per day|2 x daily",
		"TID 3/1 d":            "tid|three times daily|Three times daily|3 times a day|T.I.D.|thrice daily|3x daily|three times a day",
		"QID 4/1 d":            "qid|four times daily|Four times daily|4 times/day|4x/d",
		"5/1 d":                "5 times daily|five times daily|5x daily|5 times a day",
		"6/1 d":                "6 times daily",
		"3/1 wk":               "3x/week|3 x / week|3 times a week|three times weekly|3x weekly|3 times per week|thrice weekly",
		"2/1 wk":               "twice weekly|2x/wk|twice a week",
		"2/1 mo":               "twice monthly|2x/month",
		"2/3 wk":               "2 times every 3 weeks",
		"QOD 1/2 d":            "qod|every other day|q.o.d.|Every Other Day|every 2 days|once every other day|q2d",
		"1/2 wk":               "every other week|every 2 weeks|q2wk|once every 2 weeks",
		"1/3 mo":               "every 3 months|q3mo",
		"AM 1/1 d MORN":        "qam|every morning|Every morning|q AM|in the morning",
		"1/1 d EVE I":          "qpm|every evening|Every evening|in the evening",
		"BED 1/1 d HS":         "qhs|hs|bedtime|at bedtime|HS|Q.H.S.",
		"Q1H 1/1 h":            "q1h|every hour|hourly|qh|every 1 hour",
		"Q2H 1/2 h":            "q2h",
		"Q3H 1/3 h":            "q3h|every three hours",
		"Q4H 1/4 h":            "q4h|Q4H|q 4 h|every 4 hours|q4hrs|q4 hours|every four hours|q04h",
		"Q6H 1/6 h":            "q6h|every 6 hrs",
		"Q8H 1/8 h":            "q8h|Every 8 Hours",
		"1/12 h":               "q12h|every 12 hours|every twelve hours",
		"1/24 h":               "q24h",
		"1/72 h":               "q72h|Q72 hours",
		"1/4-6 h":              "q4-6h|q4–6h|every 4-6 hours|every 4 to 6 hours|q 4 - 6 h|every four to six hours",
		"WK 1/1 wk":            "weekly|qwk|Weekly|every week|once weekly|once a week|1x/week|q week",
		"MO 1/1 mo":            "monthly|Monthly|every month|once a month",
		"prn":                  "prn|as needed|As needed|PRN|p.r.n.",
		"BID 2/1 d prn":        "BID PRN|prn bid|twice daily as needed|bid (prn)|BID, as needed",
		"Q6H 1/6 h prn":        "q6h prn|every 6 hours as needed|as needed every 6 hours",
		"1/4-6 h prn":          "q4-6h PRN",
		"BED 1/1 d HS prn":     "qhs prn|at bedtime as needed",
		"x1":                   "stat|STAT|once|x1|x 1|X1|one time",
		"x1 prn":               "once prn",
		"AC":                   "ac|before meals|a.c.",
		"PC":                   "pc|after meals",
		"TID 3/1 d AC":         "tid ac|3 times a day before meals|TID, AC",
		"BID 2/1 d PC":         "bid pc",
		"TID 3/1 d AC prn":     "tid ac prn",
		"Q8H 1/8 h PC":         "q8h pc",
		" kept W":              "as directed|od|OD|od prn|zz|biweekly|3|3x|0x/week|0 times daily|q0h|q6-4h|q4-4h|q4h-6h|q46|q4 6h|q4.6h|q|every|nightly|hs ac|qam ac|once ac|1x/hour|q6h prn pain|2-3 times a day|tid to qid|q1000h|1000x/day|bid tid|3 times|twice|prn prn prn|q4-6|2 times every 4-6 hours|ac pc",
		"null I unknown":       "N/A|?",
		"null I not-performed": "cancelled",
	} {
		for _, text := range strings.Split(texts, "|") {
			checkTiming(t, text, want)
		}
	}
	checkTiming(t, strings.Repeat("q4h ", 30), " kept W")
}

func checkTiming(t *testing.T, text, want string) {
	t.Helper()
	g := run(t, "medication", "frequency_text", nil, text)
	state := strings.TrimPrefix(g.String(), strings.TrimSpace(text))
	if got := timingOf(g) + state; got != want {
		t.Errorf("%q: got %q, want %q (%v)", text, got, want, g.Notes)
	}
	if again(t, "medication", "frequency_text", nil, g); g.Text != strings.TrimSpace(text) && !g.Null {
		t.Errorf("%q: the text became %q", text, g.Text)
	}
}

func TestTimingsOfTheTable(t *testing.T) {
	for _, row := range tableLines(timingTable, 7) {
		for _, name := range strings.Split(row[6], "|") {
			g := run(t, "medication", "frequency_text", nil, name)
			if row[0] == "?" {
				if g.Notes["STD-MED-3"] != eyeTiming {
					t.Errorf("%s: %s", name, g)
				}
				continue
			}
			d := g.Derived
			got := []string{d["timing_code"], d["timing_frequency"], d["timing_period"], d["timing_period_unit"], d["timing_when"], d["timing_count"]}
			if strings.Join(got, "|") != strings.Join(row[:6], "|") {
				t.Errorf("%s: got %v, want %v", name, got, row[:6])
			}
		}
	}
}

func FuzzTiming(f *testing.F) {
	for _, seed := range []string{"q4-6h prn", "3x/week", "every other day", "BID, AC", "\xff", "q–h", "½", "q٤h"} {
		f.Add(seed)
	}
	b := open(f, column(f, "medication", "frequency_text", nil))
	f.Fuzz(func(t *testing.T, text string) {
		first := b.run(text)
		if second := b.run(first.Text); timingOf(second) != timingOf(first) || second.Text != first.Text {
			t.Errorf("%q: %q, then %q of %q", text, timingOf(first), timingOf(second), first.Text)
		}
	})
}

func BenchmarkTiming(b *testing.B) {
	bench := open(b, column(b, "medication", "frequency_text", nil))
	text := []byte("every 4-6 hours as needed")
	b.ReportAllocs()
	for b.Loop() {
		bench.arena.Reset()
		bench.eval.Eval(text, nil, nil, &bench.arena)
	}
}
