package rule

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

//go:embed data/med_timing.tsv
var timingTable string

// timings is rule STD-MED-3: what a frequency as text says as Timing.repeat of FHIR. The text itself stays.
var timings = Standardizer{
	Derives: []string{"timing_code", "timing_frequency", "timing_period", "timing_period_max", "timing_period_unit", "timing_when",
		"timing_count", "as_needed"},
	Bind: func(*Column) func(*Cell) { return standardizeTiming },
}

// timing is when a drug is taken: frequency times in period to periodMax units, or count times altogether. 0 and "" are none.
type timing struct {
	code                         string // GTSAbbreviation
	frequency, period, periodMax int
	unit, when                   string
	count                        int
	asNeeded                     bool
}

// rate is how often, regardless of the time of day.
type rate struct {
	frequency, period int
	unit              string
}

// timingWords are the timings by timingKey of the words for them, and the codes by rate.
type timingWords struct {
	words map[string]timing
	codes map[rate]string
	eye   map[string]bool // words that mean more than one thing
}

var timingList = sync.OnceValue(func() *timingWords {
	l := &timingWords{map[string]timing{}, map[rate]string{}, map[string]bool{}}
	for _, row := range tableLines(timingTable, 7) {
		number := func(i int) int { n, _ := strconv.Atoi(row[i]); return n }
		t := timing{code: row[0], frequency: number(1), period: number(2), unit: row[3], when: row[4], count: number(5)}
		if t.code != "" && t.when == "" {
			l.codes[rate{t.frequency, t.period, t.unit}] = t.code
		}
		for _, name := range strings.Split(row[6], "|") {
			key := string(timingKey(nil, []byte(name)))
			if l.words[key] = t; t.code == "?" {
				delete(l.words, key)
				l.eye[key] = true
			}
		}
	}
	return l
})

// longestTiming is beyond every frequency that can be read.
const longestTiming = 64

func standardizeTiming(c *Cell) {
	var buf [longestTiming]byte
	if len(c.Text) > longestTiming {
		c.Keep("STD-MED-3", record.Warning, unreadTiming)
		return
	}
	t, wrong := timingList().read(timingKey(buf[:0], c.Text))
	if wrong != "" {
		c.Keep("STD-MED-3", record.Warning, wrong)
		return
	}
	for i, text := range [...]string{t.code, digitsOf(t.frequency), digitsOf(t.period), digitsOf(t.periodMax), t.unit, t.when, digitsOf(t.count)} {
		if text != "" {
			c.Derive(i, append(c.Bytes(len(text)), text...))
		}
	}
	if t.asNeeded {
		c.Derive(7, yes)
	}
	if t.when == "EVE" && t.code == "" {
		c.Note("STD-MED-3", record.Information, "evening has no code: PM is the afternoon")
	}
}

// digitsOf writes a number, 0 as nothing. Those below 100 are not allocated.
func digitsOf(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
