package report

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/profile"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Profile describes a column of the output (rule DQ-4).
//
// It tells values only of fields whose words come from a short list (true or false, gender, unit …), and only those that a rule has
// read: a text that was kept could be anything, a name in the wrong column too. Of numbers it tells the least and the greatest, but not
// of ages; of dates the years, and of dates of birth none more than 90 years back, because these single out who is meant (45 CFR
// 164.514(b)). Of everything else, and of all columns of a job that de-identifies, it tells shapes.
type Profile struct {
	File    string           `json:"file,omitempty"` // where there are several
	Entity  string           `json:"entity"`
	Column  string           `json:"column"`
	Type    string           `json:"type,omitempty"`
	Records int64            `json:"count"`
	Filled  int64            `json:"filled"`
	Nulls   map[string]int64 `json:"nulls,omitempty"` // by data_absent_reason; "empty": the cell was, or nothing was derived
	// Distinct is the number of different values: exact up to 100,000, then an estimate with a standard error of 0.8 %.
	Distinct    int64        `json:"distinct"`
	Approximate bool         `json:"distinct_approximate"`
	Min         json.Number  `json:"min,omitempty"` // numbers, or years of dates
	Max         json.Number  `json:"max,omitempty"`
	Shapes      []ShapeCount `json:"shapes"`
	// ShapeDetail is "shape", or what shapes were reduced to where there were more than 2,000: "runs" or "classes".
	ShapeDetail string       `json:"shape_detail"`
	Values      []ValueCount `json:"values,omitempty"`
	Changes     []Change     `json:"changes,omitempty"`
	// ChangeDetail is "value", or one of those of ShapeDetail.
	ChangeDetail string `json:"change_detail,omitempty"`
}

// ShapeCount is a shape, letters as A and digits as 9, and how often it stands.
type ShapeCount struct {
	Shape string `json:"shape"`
	Count int64  `json:"count"`
}

// ValueCount is a value and how often it stands.
type ValueCount struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// Change is what changed values were before and after, and how many they are.
type Change struct {
	Before string `json:"before"`
	After  string `json:"after"`
	Count  int64  `json:"count"`
}

// Profiles describes the columns of the output. What is filled when records have been compared has none.
func Profiles(p *plan.Plan, stats *plan.Stats) []Profile {
	var all []Profile
	for i := range p.Written {
		out := &p.Written[i]
		if c := stats.ProfileAt(out.Slot); c != nil && out.Profiled() {
			one := newProfile(c.Summary(), stats.At(out.Slot))
			one.Entity, one.Column, one.Records = p.Entity.Name, out.Name, stats.Records
			if out.Field >= 0 {
				one.Type = p.Entity.Fields[out.Field].Type
				if p.Entity.Fields[out.Field].Event == "birth" {
					one.hideTheOld(p.Settings.Params.AsOf.Year)
				}
			}
			all = append(all, one)
		}
	}
	return all
}

func newProfile(s profile.Summary, counts *plan.SlotStats) Profile {
	one := Profile{Filled: counts.Filled, Distinct: s.Distinct, Approximate: s.Approximate, Min: number(s.Low), Max: number(s.High),
		ShapeDetail: string(s.Detail), Shapes: []ShapeCount{}}
	for r, n := range counts.Absent {
		if n == 0 {
			continue
		}
		if one.Nulls == nil {
			one.Nulls = map[string]int64{}
		}
		reason := record.Reason(r).String()
		if reason == "" {
			reason = "empty"
		}
		one.Nulls[reason] = n
	}
	for _, c := range s.Shapes {
		one.Shapes = append(one.Shapes, ShapeCount{c.Text, c.Count})
	}
	for _, c := range s.Words {
		one.Values = append(one.Values, ValueCount{c.Text, c.Count})
	}
	for _, c := range s.Changes {
		one.Changes, one.ChangeDetail = append(one.Changes, Change{c.Before, c.After, c.Count}), string(s.ChangeDetail)
	}
	return one
}

// number writes a decimal number as JSON does, without leading zeros.
func number(text string) json.Number {
	digits, negative := strings.CutPrefix(text, "-")
	for len(digits) > 1 && digits[0] == '0' && digits[1] != '.' {
		digits = digits[1:]
	}
	if negative {
		digits = "-" + digits
	}
	return json.Number(digits)
}

// oldest is the age from which years of birth are told as one.
const oldest = 90

func (p *Profile) hideTheOld(now int) {
	for _, year := range []*json.Number{&p.Min, &p.Max} {
		if y, err := strconv.Atoi(year.String()); err == nil && y < now-oldest {
			*year = json.Number(strconv.Itoa(now - oldest))
		}
	}
}
