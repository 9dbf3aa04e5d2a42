package rule

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// A memory knows every text again, of any length and in every context, and no other.
func TestAMemoryTellsTextsApart(t *testing.T) {
	m, known, random := newMemo(nil), map[string]*record.Value{}, rand.New(rand.NewPCG(1, 1))
	for range 40_000 {
		text := make([]byte, random.IntN(24))
		for i := range text {
			text[i] = "\x00ab"[random.IntN(3)]
		}
		context := uint32(random.IntN(3))
		name := fmt.Sprintf("%d %s", context, text)
		v, key := m.find(text, context)
		if v != known[name] {
			t.Fatalf("%q: got %p, want %p", name, v, known[name])
		}
		if v == nil {
			known[name] = new(record.Value)
			m.add(key, text, known[name])
		}
	}
	if m.used != len(known) {
		t.Errorf("%d values of %d", m.used, len(known))
	}
}

// What is remembered in the context of other fields is what would be computed, also when these forget.
func TestMemoriesThatReadEachOther(t *testing.T) {
	counters, likeness := NewCounters(), NewLikeness()
	units := NewEvaluator(Chain{Column: column(t, "lab_result", "unit", nil), Likeness: likeness, Read: []int{-1}}, Hygiene(), counters, true)
	repeat := &Standardizer{Peers: []string{"unit"}, Sources: []string{"unit", "none"}, Bind: func(*Column) func(*Cell) {
		return func(c *Cell) {
			c.Set("STD-X", fmt.Appendf(nil, "%s|%s|%s|%v", c.Text, c.Peer(0), c.Source(0), c.Source(1)))
		}
	}}
	chain := Chain{Column: column(t, "lab_result", "comment", nil), Standardizer: []*Standardizer{repeat}, Lacks: []string{"none"}}
	fast, plain := NewEvaluator(chain, Hygiene(), counters, true), NewEvaluator(chain, Hygiene(), counters, false)
	random, arena := rand.New(rand.NewPCG(1, 2)), new(Arena)
	var remembered int
	for i := range 20_000 {
		if i%5000 == 0 {
			units.memo.lookups, units.memo.hits = memoTrial, 0
			units.memo.used = max(units.memo.used, memoEntries)
			units.Tidy()
			fast.Tidy()
			units.memo.off = false
			arena.Reset()
		}
		unit := units.Eval(fmt.Appendf(nil, "%*s", random.IntN(4), []string{"mg", "g", "N/A", ""}[random.IntN(4)]), nil, nil, arena)
		raw := []byte([]string{"a", "b", "N/A", "  "}[random.IntN(4)])
		peers, sources := []*record.Value{unit}, []*record.Value{unit, record.Null}
		got, want := fast.Eval(raw, peers, sources, arena), plain.Eval(raw, peers, sources, arena)
		if string(got.Text) != string(want.Text) || got.Outcome != want.Outcome || got.Traits != want.Traits {
			t.Fatalf("%q beside %q: %q, want %q", raw, unit.Text, got.Text, want.Text)
		}
		if got.Remembered {
			remembered++
		}
	}
	if remembered < 15_000 {
		t.Errorf("only %d are remembered", remembered)
	}
}

// A column of values that are all different is left alone; one whose values come back is remembered.
func TestAMemoryRestsWhereNothingComesBack(t *testing.T) {
	for values, rests := range map[int]bool{1 << 30: true, 3000: false} {
		e := NewEvaluator(Chain{Column: column(t, "lab_result", "patient_id", nil)}, Hygiene(), NewCounters(), true)
		random, arena := rand.New(rand.NewPCG(1, 3)), new(Arena)
		for range 3 {
			for range 5000 {
				e.Eval(fmt.Appendf(nil, "P%d", random.IntN(values)), nil, nil, arena)
			}
			arena.Reset()
			e.Tidy()
		}
		if e.memo.off != rests {
			t.Errorf("%d values: off is %v", values, e.memo.off)
		}
	}
}
