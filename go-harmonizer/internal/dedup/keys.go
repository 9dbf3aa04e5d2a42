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
	keyPartPage = 64 << 10 // bytes of a part that are kept before they go to storage
)

// Keys collects the key hash of every record and tells which records share one. It keeps little in memory: the hashes go to
// storage in parts, and one part at a time is grouped. Not safe for concurrent use.
type Keys struct {
	parts   [keyParts]keyPart
	storage func() (Storage, error)
}

type keyPart struct {
	storage Storage
	stored  int64
	buf     []byte
}

// NewKeys makes an empty collection. storage makes a place for one part.
func NewKeys(storage func() (Storage, error)) *Keys { return &Keys{storage: storage} }

// Add collects one record: the hash of its key and its place in the order of output.
func (k *Keys) Add(hash uint64, order int64) error {
	p := &k.parts[hash%keyParts]
	p.buf = binary.LittleEndian.AppendUint64(p.buf, hash)
	p.buf = binary.LittleEndian.AppendUint64(p.buf, uint64(order))
	if len(p.buf) >= keyPartPage {
		return k.flush(p)
	}
	return nil
}

func (k *Keys) flush(p *keyPart) error {
	if p.storage == nil {
		s, err := k.storage()
		if err != nil {
			return fmt.Errorf("store keys: %w", err)
		}
		p.storage = s
	}
	if _, err := p.storage.Write(p.buf); err != nil {
		return fmt.Errorf("store keys: %w", err)
	}
	p.stored += int64(len(p.buf))
	p.buf = p.buf[:0]
	return nil
}

// Shared returns the groups of two or more records with equal hashes: the places of each group ascending, the groups by their
// first place. Equal hashes may belong to different keys; the caller compares.
func (k *Keys) Shared() ([][]int64, error) {
	var groups [][]int64
	var page []byte
	for i := range k.parts {
		p := &k.parts[i]
		all := make([][2]uint64, 0, (p.stored+int64(len(p.buf)))/keyBytes)
		for off := int64(0); off < p.stored; off += keyPartPage {
			var err error
			n := int(min(keyPartPage, p.stored-off))
			if page, err = p.storage.Slice(off, n, page); err != nil {
				return nil, fmt.Errorf("read keys: %w", err)
			}
			all = appendPairs(all, page[:n])
		}
		groups = appendGroups(groups, appendPairs(all, p.buf))
	}
	slices.SortFunc(groups, func(a, b []int64) int { return cmp.Compare(a[0], b[0]) })
	return groups, nil
}

func appendPairs(all [][2]uint64, b []byte) [][2]uint64 {
	for ; len(b) > 0; b = b[keyBytes:] {
		all = append(all, [2]uint64{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])})
	}
	return all
}

func appendGroups(groups [][]int64, all [][2]uint64) [][]int64 {
	slices.SortFunc(all, func(a, b [2]uint64) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j][0] == all[i][0] {
			j++
		}
		if j-i > 1 {
			group := make([]int64, 0, j-i)
			for _, pair := range all[i:j] {
				group = append(group, int64(pair[1]))
			}
			groups = append(groups, group)
		}
		i = j
	}
	return groups
}
