package dedup

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/zeebo/xxh3"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type memory struct{ bytes.Buffer }

func (m *memory) Slice(off int64, n int, _ []byte) ([]byte, error) {
	return m.Bytes()[off : off+int64(n)], nil
}

func newMemory() (Storage, error) { return &memory{}, nil }

// The smallest budget forces several runs; the map is the oracle.
func TestSetFindsTheFirstWithAndWithoutSpilling(t *testing.T) {
	for _, budget := range []int64{1, 1 << 30} {
		set, first := NewSet(budget, newMemory), map[uint64]int64{}
		defer set.Close()
		r := rand.New(rand.NewPCG(1, 2))
		for i := range int64(20_000) {
			n := r.Uint64N(15_000)
			h := xxh3.Hash128(binary.LittleEndian.AppendUint64(nil, n))
			got, known, err := set.Add(h, i)
			want, seen := first[n]
			if err != nil || known != seen || known && got != want {
				t.Fatalf("budget %d, record %d: got %d %v %v, want %d %v", budget, i, got, known, err, want, seen)
			}
			if !seen {
				first[n] = i
			}
		}
		if spilled := len(set.runs) > 0; spilled != (budget == 1) {
			t.Fatalf("budget %d: spilled = %v", budget, spilled)
		}
	}
}

func TestKeysGroupsWhatIsShared(t *testing.T) {
	keys, want := NewKeys(newMemory), map[uint64][]int64{}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range int64(400_000) {
		h := xxh3.Hash(binary.LittleEndian.AppendUint64(nil, r.Uint64N(300_000)))
		if err := keys.Add(h, i); err != nil {
			t.Fatal(err)
		}
		want[h] = append(want[h], i)
	}
	groups, err := keys.Shared()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, g := range want {
		if len(g) > 1 {
			n++
		}
	}
	if len(groups) != n {
		t.Fatalf("%d groups, want %d", len(groups), n)
	}
	for i, g := range groups {
		if !slices.IsSorted(g) || i > 0 && groups[i-1][0] >= g[0] {
			t.Fatal("groups or their members are out of order")
		}
	}
}

// lender lends the first bytes as they lie in memory, and copies the others to the buffer that it is given.
type lender struct{ memory }

func (m *lender) Slice(off int64, n int, buf []byte) ([]byte, error) {
	const lent = 32 << 10
	if end := off + int64(n); end <= lent {
		return m.Bytes()[off:end:end], nil
	}
	return append(buf[:0], m.Bytes()[off:off+int64(n)]...), nil
}

// What a run is lent of its storage's memory is not a place to read the rest of it into.
func TestASpilledSetKeepsWhatItIsLent(t *testing.T) {
	open := func() (Storage, error) { return &lender{}, nil }
	const records = 12_000
	set := NewSet(5_000*entryBytes, open)
	defer set.Close()
	set.Reserve(records)
	for round := range 2 {
		for i := range int64(records) {
			h := xxh3.Hash128(binary.LittleEndian.AppendUint64(nil, uint64(i)))
			first, known, err := set.Add(h, i)
			if err != nil || known != (round == 1) || known && first != i {
				t.Fatalf("round %d, record %d: got %d %v %v", round, i, first, known, err)
			}
		}
	}
	if len(set.runs) < 3 {
		t.Fatalf("%d runs", len(set.runs))
	}
}

// All hashes want the last place of their shard.
func TestASetTakesHashesThatCrowd(t *testing.T) {
	set := NewSet(1<<30, newMemory)
	defer set.Close()
	for round := range 2 {
		for i := range int64(1_000) {
			h := xxh3.Uint128{Hi: math.MaxUint64, Lo: math.MaxUint64 - uint64(i)}
			if first, known, err := set.Add(h, i); err != nil || known != (round == 1) || known && first != i {
				t.Fatalf("round %d, record %d: got %d %v %v", round, i, first, known, err)
			}
		}
	}
}
