package dedup

import (
	"encoding/binary"
	"testing"

	"github.com/zeebo/xxh3"
)

const benchRecords = 1_200_000 // of a file of 90 MB

// hashes are those of records of which every twentieth is a duplicate.
func hashes() []xxh3.Uint128 {
	all := make([]xxh3.Uint128, benchRecords)
	for i := range all {
		all[i] = xxh3.Hash128(binary.LittleEndian.AppendUint64(nil, uint64(i)))
		if i > 0 && i%20 == 0 {
			all[i] = all[i/2]
		}
	}
	return all
}

func BenchmarkSet(b *testing.B) {
	all := hashes()
	b.ReportAllocs()
	for b.Loop() {
		set := NewSet(1<<30, newMemory)
		set.Reserve(benchRecords)
		for from := 0; from < len(all); from += 256 {
			some := all[from:min(from+256, len(all))]
			set.Near(some)
			for i, h := range some {
				if _, _, err := set.Add(h, int64(from+i)); err != nil {
					b.Fatal(err)
				}
			}
		}
		set.Close()
	}
}

func BenchmarkKeys(b *testing.B) {
	all := hashes()
	b.ReportAllocs()
	for b.Loop() {
		keys := NewKeys(newMemory)
		for i, h := range all {
			if err := keys.Add(h.Lo, int64(i)); err != nil {
				b.Fatal(err)
			}
		}
		if groups, err := keys.Shared(); err != nil || len(groups) == 0 {
			b.Fatal(len(groups), err)
		}
	}
}
