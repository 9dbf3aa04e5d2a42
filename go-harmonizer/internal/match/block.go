package match

import (
	"cmp"
	"context"
	"slices"

	"github.com/zeebo/xxh3"
)

// pass is a way to find pairs: persons with the same block key are compared.
type pass struct {
	name string // in Pair.Pass
	// key writes the block key of a person; not ok: a part is null and the person is left out.
	key func(k *keyer, person int32) (ok bool)
}

// The passes of rule DED-5, then those that the estimated model adds.
const (
	passA = iota
	passB
	passBirth
	passNames
	passZipLast
	passZipFirst
	passPhone
	passSSN
	fixedPasses
	passAddress = iota - 1
	passMRN
	passCount
)

var passes = [passCount]pass{
	passA: {"A", func(k *keyer, p int32) bool { return k.whole(p, birthDate) && k.whole(p, sex) && k.tail(p, mrn, 4) }},
	passB: {"B", func(k *keyer, p int32) bool {
		return k.head(p, zip, 5) && k.head(p, first, 4) && k.head(p, last, 4) && k.whole(p, sex)
	}},
	passBirth:    {"C birth_date", func(k *keyer, p int32) bool { return k.whole(p, birthDate) }},
	passNames:    {"C names", func(k *keyer, p int32) bool { return k.sorted(p, 3) }},
	passZipLast:  {"C postal_code+last_name", func(k *keyer, p int32) bool { return k.head(p, zip, 5) && k.head(p, last, 3) }},
	passZipFirst: {"C postal_code+first_name", func(k *keyer, p int32) bool { return k.head(p, zip, 5) && k.head(p, first, 3) }},
	passPhone:    {"phone", func(k *keyer, p int32) bool { return k.whole(p, phone) }},
	passSSN:      {"ssn", func(k *keyer, p int32) bool { return k.whole(p, ssn) }},
	passAddress:  {"address_line1", func(k *keyer, p int32) bool { return k.whole(p, address) }},
	passMRN:      {"mrn", func(k *keyer, p int32) bool { return k.whole(p, mrn) }},
}

// keyer writes block keys.
type keyer struct {
	p   *Population
	buf []byte
}

func (k *keyer) put(text string) bool {
	k.buf = append(append(k.buf, text...), 0x1f)
	return text != ""
}

func (k *keyer) whole(person int32, f field) bool { return k.put(k.p.text(person, f)) }

func (k *keyer) head(person int32, f field, n int) bool { return k.put(head(k.p.text(person, f), n)) }

func (k *keyer) tail(person int32, f field, n int) bool { return k.put(tail(k.p.text(person, f), n)) }

// sorted puts the first n characters of both names in order, so that swapped names meet.
func (k *keyer) sorted(person int32, n int) bool {
	a, b := head(k.p.text(person, first), n), head(k.p.text(person, last), n)
	return k.put(min(a, b)) && k.put(max(a, b))
}

// head returns the first n characters of a text.
func head(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// tail returns the last n characters of a text.
func tail(text string, n int) string {
	runes := 0
	for range text {
		runes++
	}
	return text[len(head(text, max(0, runes-n))):]
}

// blocks hold the block of each person in each pass (0: none that is compared) and, for each pass, the persons block by block.
type blocks struct {
	of      [][passCount]uint32
	members [passCount][]int32
	ends    [passCount][]uint32 // of each block in members
	pairs   int64               // in all blocks, pairs in several of them counted each time
	skipped []Skipped
}

type keyed struct {
	key    uint64
	person int32
}

// block finds the blocks of n passes.
func (p *Population) block(ctx context.Context, n int) error {
	p.blocks = blocks{of: make([][passCount]uint32, p.Len())}
	room := make([]keyed, 0, p.Len())
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		room = p.keys(i, room[:0])
		p.blocks.split(i, room, p.opts.MaxBlock)
	}
	return ctx.Err()
}

func (p *Population) keys(i int, all []keyed) []keyed {
	k := keyer{p: p}
	for person := range int32(p.Len()) {
		k.buf = append(k.buf[:0], byte(i))
		if passes[i].key(&k, person) {
			all = append(all, keyed{xxh3.Hash(k.buf), person})
		}
	}
	slices.SortFunc(all, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.person, b.person)) })
	return all
}

// split makes the blocks of sorted keys: two persons at least, and at most the bound; larger ones are skipped and counted.
func (b *blocks) split(i int, all []keyed, bound int) {
	skipped := Skipped{Pass: passes[i].name}
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && all[to].key == all[from].key {
			to++
		}
		switch size := to - from; {
		case size > bound:
			skipped.Blocks++
			skipped.Largest = max(skipped.Largest, size)
		case size > 1:
			b.take(i, all[from:to])
		}
		from = to
	}
	if skipped.Blocks > 0 {
		b.skipped = append(b.skipped, skipped)
	}
}

func (b *blocks) take(i int, block []keyed) {
	n := uint32(len(b.ends[i]) + 1)
	for _, k := range block {
		b.of[k.person][i] = n
		b.members[i] = append(b.members[i], k.person)
	}
	b.ends[i] = append(b.ends[i], uint32(len(b.members[i])))
	b.pairs += int64(len(block)) * int64(len(block)-1) / 2
}

// together tells in which passes, as a set of bits, two persons share a block.
func (b *blocks) together(x, y int32) (set uint32) {
	of, other := &b.of[x], &b.of[y]
	for i, n := range of {
		if n != 0 && n == other[i] {
			set |= 1 << i
		}
	}
	return set
}
