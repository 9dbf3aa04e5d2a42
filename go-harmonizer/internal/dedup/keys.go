package dedup

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

const (
	keyParts    = 64
	keyBytes    = 16
	keyPartPage = 32 << 10 // bytes of a part that are kept before they go to storage
)

// Keys collects the key hash of every record and tells which records share one. It keeps little in memory: the hashes go to
// storage in parts, and one part at a time is grouped. Not safe for concurrent use.
type Keys struct {
	parts   [keyParts]keyPart
	open    func() (Storage, error)
	storage Storage // pages of all parts as they were filled; nil: none was
	stored  int64
	pairs   []pair
	table   []uint32 // of the part that is grouped: 1 + the first pair with a hash, by hash; 0: free
	shared  [][2]uint32
}

// keyPart is the pairs whose hashes have the same low bits.
type keyPart struct {
	pages []int64 // where they are in storage
	buf   []byte
}

// pair is the hash of a key and the place of its record in the order of output.
type pair struct{ hash, order uint64 }

// NewKeys makes an empty collection. storage makes a place for it.
func NewKeys(storage func() (Storage, error)) *Keys { return &Keys{open: storage} }

// Add collects one record: the hash of its key and its place in the order of output, which grows from call to call.
func (k *Keys) Add(hash uint64, order int64) error {
	p := &k.parts[hash%keyParts]
	p.buf = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(p.buf, hash), uint64(order))
	if len(p.buf) >= keyPartPage {
		return k.flush(p)
	}
	return nil
}

func (k *Keys) flush(p *keyPart) (err error) {
	if k.storage == nil {
		if k.storage, err = k.open(); err != nil {
			return fmt.Errorf("store keys: %w", err)
		}
	}
	if _, err := k.storage.Write(p.buf); err != nil {
		return fmt.Errorf("store keys: %w", err)
	}
	p.pages = append(p.pages, k.stored)
	k.stored += int64(len(p.buf))
	p.buf = p.buf[:0]
	return nil
}

// Shared returns the groups of two or more records with equal hashes: the places of each group ascending, the groups by their
// first place. Equal hashes may belong to different keys; the caller compares.
func (k *Keys) Shared() ([][]int64, error) {
	var groups [][]int64
	buf := make([]byte, min(k.stored, keyPartPage))
	for i := range k.parts {
		p := &k.parts[i]
		k.pairs = slices.Grow(k.pairs[:0], (len(p.pages)*keyPartPage+len(p.buf))/keyBytes)
		for _, off := range p.pages {
			page, err := k.storage.Slice(off, keyPartPage, buf)
			if err != nil {
				return nil, fmt.Errorf("read keys: %w", err)
			}
			k.pairs = appendPairs(k.pairs, page)
		}
		k.pairs = appendPairs(k.pairs, p.buf)
		groups = k.appendGroups(groups)
	}
	k.pairs, k.table = nil, nil
	slices.SortFunc(groups, func(a, b []int64) int { return cmp.Compare(a[0], b[0]) })
	return groups, nil
}

func appendPairs(all []pair, b []byte) []pair {
	for ; len(b) > 0; b = b[keyBytes:] {
		all = append(all, pair{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])})
	}
	return all
}

// appendGroups groups the pairs of one part, which are in the order of output.
func (k *Keys) appendGroups(groups [][]int64) [][]int64 {
	k.findShared()
	slices.SortFunc(k.shared, func(a, b [2]uint32) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	members := make([]int64, 0, 2*len(k.shared))
	for i := 0; i < len(k.shared); {
		from, first := len(members), k.shared[i][0]
		members = append(members, int64(k.pairs[first].order))
		for ; i < len(k.shared) && k.shared[i][0] == first; i++ {
			members = append(members, int64(k.pairs[k.shared[i][1]].order))
		}
		groups = append(groups, members[from:len(members):len(members)])
	}
	return groups
}

// findShared finds the pairs that have the hash of an earlier one, each with the first of its hash.
func (k *Keys) findShared() {
	size := 16
	for size < 2*len(k.pairs) {
		size *= 2
	}
	if cap(k.table) < size {
		k.table = make([]uint32, size)
	}
	k.table, k.shared = k.table[:size], k.shared[:0]
	clear(k.table)
	mask := uint64(size - 1)
	for i := range k.pairs {
		hash := k.pairs[i].hash
		at := hash / keyParts & mask
		for k.table[at] != 0 && k.pairs[k.table[at]-1].hash != hash {
			at = (at + 1) & mask
		}
		if first := k.table[at]; first != 0 {
			k.shared = append(k.shared, [2]uint32{first - 1, uint32(i)})
		} else {
			k.table[at] = uint32(i) + 1
		}
	}
}
