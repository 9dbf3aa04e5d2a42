package plan

import (
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/profile"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// Stats are what became of the fields of all records.
type Stats struct {
	// Records is the number of records, duplicates and withdrawn ones counted.
	Records int64
	// Slots are the counts of each slot of the plan.
	Slots []SlotStats
	// Readings are those of the values of each column of a wide file, by variant.
	Readings []SlotStats
	// Profiles are those of the slots; of those that are no columns of the output they tell nothing.
	Profiles []*profile.Column

	counters *rule.Counters
	settled  int64 // Records when remembered values last gave up what they counted
}

const settleAfter = 1 << 30 // records, of which a remembered value can count twice as many and more

// SlotStats are what became of one field.
type SlotStats struct {
	// Filled is the number of values that are not null.
	Filled int64
	// Outcomes are counted by record.Outcome.
	Outcomes [record.Kept + 1]int64
	// Absent are the null values by record.Reason; Present stands for cells that were empty.
	Absent [record.ReasonCount]int64
}

// add counts the records of a table and finds the traits of its slots.
func (s *Stats) add(t *Table) {
	s.Records += int64(len(t.Refs))
	if s.Records-s.settled > settleAfter {
		s.settle()
	}
	for i := range t.Values {
		t.Traits[i] = s.count(t, i)
	}
	if value := t.Plan.readingSlot(); value >= 0 {
		s.Readings = atLeast(s.Readings, len(t.Plan.variants))
		for i, v := range t.Values[value] {
			s.Readings[t.Refs[i].Variant].count(v, 1)
		}
	}
}

func (c *SlotStats) count(v *record.Value, n int64) {
	c.Outcomes[v.Outcome] += n
	if v.Text != nil {
		c.Filled += n
	} else {
		c.Absent[v.Absent] += n
	}
}

func (c *SlotStats) merge(other *SlotStats) {
	c.Filled += other.Filled
	for k := range c.Outcomes {
		c.Outcomes[k] += other.Outcomes[k]
	}
	for k := range c.Absent {
		c.Absent[k] += other.Absent[k]
	}
}

func (s *Stats) grow(n int) { s.Slots = atLeast(s.Slots, n) }

func atLeast(all []SlotStats, n int) []SlotStats {
	if len(all) < n {
		all = append(all, make([]SlotStats, n-len(all))...)
	}
	return all
}

// readingSlot is the slot that every column of a wide file fills, -1: the file is not wide.
func (p *Plan) readingSlot() int {
	if !p.isWide() || p.Settings.Operation == Clean {
		return -1
	}
	return p.Slot("value")
}

// Merge adds what another worker counted. What its values tally is in its counters then, and not before.
func (s *Stats) Merge(other *Stats) {
	other.settle()
	s.grow(len(other.Slots))
	s.Records += other.Records
	for i := range other.Slots {
		s.Slots[i].merge(&other.Slots[i])
	}
	s.Readings = atLeast(s.Readings, len(other.Readings))
	for i := range other.Readings {
		s.Readings[i].merge(&other.Readings[i])
	}
	s.mergeProfiles(other)
}

// At returns the counts of a slot; never nil.
func (s *Stats) At(slot int) *SlotStats {
	if slot < 0 || slot >= len(s.Slots) {
		return &SlotStats{}
	}
	return &s.Slots[slot]
}

// SlotOf returns the slot that reads a column of the file, -1: none. Of several, it is the first.
func (p *Plan) SlotOf(column int) int {
	for _, v := range p.variants {
		for s, from := range v.cells {
			if from.column == column {
				return s
			}
		}
	}
	return -1
}

// OfColumn returns the counts of what became of a column of the file; nil: no slot reads it. Of several slots, the first counts.
func (p *Plan) OfColumn(s *Stats, column int) (counts *SlotStats, records int64) {
	slot := p.SlotOf(column)
	if slot < 0 {
		return nil, 0
	}
	if slot != p.readingSlot() {
		return s.At(slot), s.Records
	}
	for v := range min(len(p.variants), len(s.Readings)) {
		if p.variants[v].cells[slot].column == column {
			counts = &s.Readings[v]
			return counts, counts.records()
		}
	}
	return &SlotStats{}, 0
}

func (c *SlotStats) records() (n int64) {
	for _, k := range c.Outcomes {
		n += k
	}
	return n
}

// Describe tells what rules decided about the column of a slot.
func (p *Plan) Describe(slot int) rule.Description {
	var all rule.Description
	for _, std := range p.slots[slot].chain {
		if std.Describe != nil {
			d := std.Describe(p.variants[0].columns[slot])
			all.Decisions, all.Shapes = append(all.Decisions, d.Decisions...), append(all.Shapes, d.Shapes...)
		}
	}
	return all
}

// ColumnFinding is a finding about a column.
type ColumnFinding struct {
	Column  *rule.Column
	Finding record.Finding
}

// Notes are what rules found about the columns when they were weighed.
func (p *Plan) Notes() []ColumnFinding {
	var all []ColumnFinding
	for _, w := range p.Weighed() {
		for _, std := range w.Standardizers {
			if std.Notes != nil && w.Column.Weigher != nil {
				all = appendFindings(all, w.Column, std.Notes(w.Column))
			}
		}
	}
	return append(append(all, p.idleOrders()...), p.dropped()...)
}

// Conclude are what rules find about the columns from what was counted.
func (p *Plan) Conclude(counters *rule.Counters) []ColumnFinding {
	counts := map[*rule.Column]map[string]int64{}
	for i := range counters.All {
		c := &counters.All[i]
		if c.Finding.Rule != "" {
			continue
		}
		if counts[c.Column] == nil {
			counts[c.Column] = map[string]int64{}
		}
		counts[c.Column][c.Finding.Message] += c.Count
	}
	var all []ColumnFinding
	for _, w := range p.Weighed() {
		for _, std := range w.Standardizers {
			if std.Conclude != nil {
				all = appendFindings(all, w.Column, std.Conclude(w.Column, counts[w.Column]))
			}
		}
	}
	return all
}

func appendFindings(all []ColumnFinding, c *rule.Column, found []record.Finding) []ColumnFinding {
	for _, f := range found {
		all = append(all, ColumnFinding{c, f})
	}
	return all
}
