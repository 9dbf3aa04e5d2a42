package plan

// Half is what the other half of a blood pressure tells of a record. The text differs where the other halves do.
type Half struct {
	Text []byte // nil: the record is no half
	Null bool   // its value is null
}

// OtherHalf returns what the other half of a split blood pressure is; its text is nil when the record is none.
func (t *Table) OtherHalf(i int) Half {
	if len(t.halves) == 0 {
		return Half{}
	}
	return t.halves[i]
}

// pairHalves notes the other half of each record that is one. Halves of one row differ in what says what was measured, and in
// nothing else. In a harmonized file they are records of their own with the same panel.
func (w *Worker) pairHalves() {
	t := &w.table
	t.halves = t.halves[:0]
	if t.Plan.panel < 0 {
		return
	}
	for i := range t.Refs {
		t.halves = append(t.halves, Half{})
		if i > 0 && t.areHalves(i-1, i) {
			t.halves[i-1], t.halves[i] = w.half(i), w.half(i-1)
		}
	}
}

// areHalves tells that two records are the halves of one blood pressure.
func (t *Table) areHalves(i, j int) bool {
	if t.Refs[i].Part == Systolic && t.Refs[j].Part == Diastolic {
		return true
	}
	return t.Plan.Settings.Harmonized && t.previous(j) == i && t.kind(i) == "systolic_bp" && t.kind(j) == "diastolic_bp" &&
		t.Values[t.Plan.panel][j].Text != nil
}

func (t *Table) kind(i int) string {
	if s := t.Plan.Slot("vital_type"); s >= 0 {
		return string(t.Values[s][i].Text)
	}
	return ""
}

func (w *Worker) half(i int) Half {
	t, size := &w.table, 0
	var texts [3][]byte
	for k, name := range [...]string{"vital_type", "unit", "value"} {
		if s := t.Plan.Slot(name); s >= 0 {
			texts[k] = t.Values[s][i].Text
		}
		size += len(texts[k]) + 2
	}
	to := w.arena.Bytes(size)
	for _, text := range texts {
		if text == nil {
			to = append(to, 0)
		}
		to = append(append(to, text...), 0x1f)
	}
	return Half{to, texts[2] == nil}
}
