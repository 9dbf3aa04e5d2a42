package main

import "testing"

func TestGarbageIsBounded(t *testing.T) {
	for _, one := range []struct{ liveMiB, least, most uint64 }{{0, 23, 25}, {10, 25, 27}, {100, 43, 45}, {1000, 215, 225}} {
		live := one.liveMiB << 20
		if got := max(live, 1<<20) * uint64(garbagePercent(live)) / 100 >> 20; got < one.least || got > one.most {
			t.Errorf("%d MiB in use: %d MiB of garbage, want %d to %d", one.liveMiB, got, one.least, one.most)
		}
	}
}
