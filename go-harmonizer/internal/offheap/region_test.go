package offheap

import (
	"bytes"
	"testing"
)

func TestARegionIsZeroAndItsOwn(t *testing.T) {
	for _, n := range []int{0, 1, least - 1, least, least + 1, 2<<20 + 4097} {
		a, b := New(n), New(n)
		if len(a.Bytes()) != n || bytes.Count(a.Bytes(), []byte{0}) != n {
			t.Fatalf("%d bytes asked for: %d are there", n, len(a.Bytes()))
		}
		for i := range a.Bytes() {
			a.Bytes()[i] = 1
		}
		if bytes.Count(b.Bytes(), []byte{0}) != n {
			t.Fatal("two regions share memory")
		}
		a.Free()
		a.Free()
		b.Free()
		if a.Bytes() != nil {
			t.Fatal("a freed region still shows its memory")
		}
	}
}
