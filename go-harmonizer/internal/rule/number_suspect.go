package rule

import (
	"bytes"
	"sort"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// ladder are the stand-ins that can be the greatest value of a column, ascending (rule NULL-2).
var ladder = func() []string {
	var all []string
	for n := 2; n <= 10; n++ {
		for fraction := range 4 {
			all = append(all, strings.TrimSuffix(strings.Repeat("9", n)+"."+strings.Repeat("9", fraction), "."))
		}
	}
	all = append(all, "777", "888", "7777", "8888")
	sort.Slice(all, func(i, j int) bool { return compareDigits([]byte(all[i]), []byte(all[j])) < 0 })
	return all
}()

// suspects counts the numbers of one group of a column – one analyte, one type of vital sign, or all – so that suspected can tell
// whether a stand-in inside the range is its greatest value and frequent. It keeps the keys of Cell.Count.
type suspects struct {
	below      string
	same, over []string
}

// newSuspects makes the counters of a group, which must not hold a U+001F.
func newSuspects(group string) *suspects {
	s := &suspects{below: group + "\x1f"}
	for _, step := range ladder {
		s.same = append(s.same, group+"\x1f="+step)
		s.over = append(s.over, group+"\x1f>"+step)
	}
	return s
}

// count counts a plain number without a comparator. Standardizers that call it set Conclude to suspected.
func (s *suspects) count(c *Cell, number []byte) {
	if wholeDigits(number) < 2 || number[0] == '-' {
		c.Count(s.below)
		return
	}
	i := sort.Search(len(ladder), func(i int) bool { return compareDigits([]byte(ladder[i]), number) > 0 })
	switch {
	case i == 0:
		c.Count(s.below)
	case ladder[i-1] == string(number):
		c.Count(s.same[i-1])
	default:
		c.Count(s.over[i-1])
	}
}

// suspected finds a stand-in that is at least 5 % and 20 of the values of its group and the greatest of them (rule NULL-2).
func suspected(_ *Column, counts map[string]int64) []record.Finding {
	groups := map[string][]int64{} // counts of: below, then same and over of each step
	for key, n := range counts {
		group, rest, ok := strings.Cut(key, "\x1f")
		if !ok {
			continue
		}
		if groups[group] == nil {
			groups[group] = make([]int64, 1+2*len(ladder))
		}
		groups[group][place(rest)] += n
	}
	for _, g := range groups {
		if topIsSuspect(g) {
			return []record.Finding{{Rule: "NULL-2", Severity: record.Warning, Message: "suspected sentinel: its greatest value is frequent and looks like a stand-in for a missing value; kept"}}
		}
	}
	return nil
}

func place(rest string) int {
	if rest == "" {
		return 0
	}
	for i, step := range ladder {
		if step == rest[1:] && rest[0] == '=' {
			return 1 + 2*i
		} else if step == rest[1:] {
			return 2 + 2*i
		}
	}
	return 0
}

func topIsSuspect(group []int64) bool {
	total, top := int64(0), 0
	for i, n := range group {
		total += n
		if n > 0 {
			top = i
		}
	}
	return top%2 == 1 && group[top] >= 20 && group[top]*20 >= total
}

// wholeDigits counts the digits before the point without leading zeros.
func wholeDigits(number []byte) int { return len(wholePart(number)) }

func wholePart(number []byte) []byte {
	if i := bytes.IndexByte(number, '.'); i >= 0 {
		number = number[:i]
	}
	return bytes.TrimLeft(number, "-0")
}

// compareDigits compares plain numbers that are not negative.
func compareDigits(a, b []byte) int {
	if d := wholeDigits(a) - wholeDigits(b); d != 0 {
		return d
	}
	if d := bytes.Compare(wholePart(a), wholePart(b)); d != 0 {
		return d
	}
	return bytes.Compare(fractionPart(a), fractionPart(b))
}

func fractionPart(number []byte) []byte {
	if i := bytes.IndexByte(number, '.'); i >= 0 {
		return bytes.TrimRight(number[i+1:], "0")
	}
	return nil
}
