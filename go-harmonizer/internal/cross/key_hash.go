package cross

import (
	"math/bits"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// state is how far the search for the key of a record is.
type state uint8

const (
	without state = iota // no alternative made a key so far
	trying
	with
)

// Hashes returns, for each record, a hash under which all that rules DED-2 to DED-4 compare it with are found: that of its key without
// the value. They last until the next call. Those of records without a key mean nothing.
//
// The hash only finds records whose keys are then compared, so 64 bits do. It goes over the records part by part, because values lie all
// over the memory.
func (k *Keys) Hashes(t *plan.Table) []uint64 {
	n := len(t.Refs)
	k.hashes, k.state = slices.Grow(k.hashes[:0], n)[:n], slices.Grow(k.state[:0], n)[:n]
	clear(k.state)
	for a := range k.alternatives {
		k.try(&k.alternatives[a], t)
	}
	return k.hashes
}

// Has tells whether a record of the table whose hashes were taken last has a key.
func (k *Keys) Has(i int) bool { return k.state[i] == with }

// try hashes the keys of one alternative for the records without a key.
func (k *Keys) try(a *alternative, t *plan.Table) {
	for i := range k.state {
		if k.state[i] == without {
			k.state[i], k.hashes[i] = trying, uint64(a.number)
		}
	}
	for n := range a.parts {
		k.add(n, &a.parts[n], t)
	}
	for i := range k.state {
		switch {
		case k.state[i] != trying:
		case t.OtherHalf(i).Null:
			k.state[i] = without
		default:
			k.state[i] = with
		}
	}
}

// add mixes the n-th part into the hashes, or only sees that it is there when it is the value. A null part mixes nothing in, so that a
// part that is null in all records costs nothing; the others are told apart by their numbers.
func (k *Keys) add(n int, s *slots, t *plan.Table) {
	if !s.needed && (s.value || !s.filled(t)) {
		return
	}
	for i := range k.state {
		if k.state[i] != trying {
			continue
		}
		switch v, at := first(s, t, i); {
		case v == nil && s.needed:
			k.state[i] = without
		case v != nil && !s.value:
			k.hashes[i] = mix(k.hashes[i]+uint64(n+1)<<8+uint64(s.which[at]), hash(v, s.fold[at]))
		}
	}
}

// filled tells that the part is not null in all records.
func (s *slots) filled(t *plan.Table) bool {
	return slices.ContainsFunc(s.at, func(slot int) bool { return t.Traits[slot]&record.Filled != 0 })
}

// hash hashes a text, or its comparison key: that takes longer, and values often stand for many cells.
func hash(v *record.Value, fold bool) uint64 {
	if !fold {
		return xxh3.Hash(v.Text)
	}
	if v.Folded == 0 {
		var buf [64]byte
		v.Folded = xxh3.Hash(rule.ComparisonKey(buf[:0], v.Text)) | 1
	}
	return v.Folded
}

// mix is the multiplication of wyhash, which spreads the bits of both over the result.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^0xa0761d6478bd642f, b^0xe7037ed1a0b428db)
	return high ^ low
}
