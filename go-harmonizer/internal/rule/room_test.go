package rule

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// Two thousand columns of which no cell repeats itself fill the room, and not more; the values are those without memory.
func TestColumnsShareTheirRoom(t *testing.T) {
	room, plain, arena := NewRoom(), newTestEvaluator(nil), &Arena{}
	var all []*Evaluator
	for range 2_000 {
		all = append(all, newTestEvaluator(room))
	}
	long := strings.Repeat("x", 200)
	for row := range 40 {
		for i, e := range all {
			raw := fmt.Appendf(nil, "%d of %d %s", row, i, long)
			if !bytes.Equal(e.Eval(raw, nil, nil, arena).Text, plain.Eval(raw, nil, nil, arena).Text) {
				t.Fatal("a value depends on the room for others")
			}
		}
		arena.Reset()
	}
	taken := 0
	for _, e := range all {
		taken += e.memo.arena.Size() + len(e.memo.slots)*memoSlotBytes
	}
	if room.left > 0 || taken > roomBytes+roomBytes/8 {
		t.Errorf("%d bytes are taken of %d, %d are left", taken, roomBytes, room.left)
	}
}

func newTestEvaluator(room *Room) *Evaluator {
	c := &Column{Entity: "generic", Field: "note", Type: "text", PassThrough: true, Params: &Params{}}
	return NewEvaluator(Chain{Column: c, Room: room}, Hygiene(), NewCounters(), room != nil)
}
