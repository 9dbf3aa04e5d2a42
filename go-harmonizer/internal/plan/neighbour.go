package plan

// NeedsNeighbours tells that a record is compared with the ones beside it although these are records of the input of their own: the
// halves of a blood pressure in a harmonized file. A batch then begins and ends with a record of its neighbours.
func (p *Plan) NeedsNeighbours() bool {
	return p.Settings.Harmonized && p.panel >= 0 && p.Slot("value") >= 0
}

// Neighbours tells which records of a batch belong to its neighbours: they are looked at, but are no records of the table.
type Neighbours struct{ Before, After bool }

// previous returns the record before that belongs with a record: it comes from the same row, or is in the same panel. -1: none.
func (t *Table) previous(i int) int {
	if i == 0 {
		return -1
	}
	if t.Refs[i-1].Row == t.Refs[i].Row {
		return i - 1
	}
	if p := t.Plan.panel; p >= 0 && t.Batch.Index[t.Refs[i-1].Row]+1 == t.Batch.Index[t.Refs[i].Row] {
		a, b := t.Values[p][i-1].Text, t.Values[p][i].Text
		if a != nil && string(a) == string(b) {
			return i - 1
		}
	}
	return -1
}

// trim takes what came of the neighbours out of the table.
func (t *Table) trim(n Neighbours) {
	start, end := 0, len(t.Refs)
	for n.After && end > start && int(t.Refs[end-1].Row) == t.Batch.Rows-1 {
		end--
	}
	for n.Before && start < end && t.Refs[start].Row == 0 {
		start++
	}
	if start > 0 || end < len(t.Refs) {
		t.cut(start, end)
	}
}

// cut keeps the records from start to end.
func (t *Table) cut(start, end int) {
	t.Refs, t.Numbers, t.Outputs = t.Refs[start:end], t.Numbers[start:end], t.Outputs[start:end]
	if len(t.halves) > 0 {
		t.halves = t.halves[start:end]
	}
	for s := range t.Values {
		t.Values[s] = t.Values[s][start:end]
	}
	kept := t.Extra[:0]
	for _, x := range t.Extra {
		if x.Record >= start && x.Record < end {
			x.Record -= start
			kept = append(kept, x)
		}
	}
	t.Extra = kept
}
