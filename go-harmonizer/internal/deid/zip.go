package deid

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

//go:embed data/zip3.tsv
var zipFile string

// zipList is the areas of three digits where few people live, read once and never changed.
type zipList struct {
	version string
	small   map[string]bool
}

var zips = sync.OnceValue(func() *zipList {
	l := &zipList{small: map[string]bool{}}
	for line := range strings.Lines(zipFile) {
		line = strings.TrimSpace(line)
		if version, ok := strings.CutPrefix(line, "# version\t"); ok {
			l.version = version
		} else if line != "" && line[0] != '#' {
			l.small[line] = true
		}
	}
	return l
})

// ZIPVersion names the list of areas where few people live, for the report.
func ZIPVersion() string { return zips().version }

var zeros = []byte("000")

// zip is rule DEID-4.
func (d *Transform) zip(_ *plan.Table, _ int, v *record.Value) ([]byte, *reason) {
	switch {
	case d.isPrefix(v):
		return v.Text, nil
	case !rule.HoldsZIP(v):
		return nil, noZIP
	case zips().small[string(v.Text[:3])]:
		return zeros, fewPeople
	}
	return v.Text[:3:3], threeDigits
}

// isPrefix tells that a code of a harmonized file is what this rule made of one before.
func (d *Transform) isPrefix(v *record.Value) bool {
	return d.plan.Settings.Harmonized && len(v.Text) == 3 && isNumber(v.Text) && !zips().small[string(v.Text)]
}
