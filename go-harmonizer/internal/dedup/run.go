package dedup

import (
	"sort"

	"github.com/zeebo/xxh3"
)

const (
	runPage    = 256 // entries that one read fetches
	filterBits = 10  // bits of filter an entry; about one lookup in a hundred reads in vain
)

// run is sorted entries in storage, with a filter that answers most lookups and the first hash of each page.
type run struct {
	storage Storage
	count   int
	firsts  []xxh3.Uint128
	filter  []uint64
	buf     []byte
}

func writeRun(all []entry, storage Storage) (*run, error) {
	r := &run{storage: storage, count: len(all), filter: make([]uint64, len(all)*filterBits/64+1)}
	page := make([]byte, 0, runPage*entryBytes)
	for i, e := range all {
		if i%runPage == 0 {
			r.firsts = append(r.firsts, e.hash)
		}
		r.mark(e.hash)
		page = putEntry(page, e)
		if len(page) == cap(page) || i == len(all)-1 {
			if _, err := storage.Write(page); err != nil {
				return nil, err
			}
			page = page[:0]
		}
	}
	return r, nil
}

// bit returns the place of the i-th of four bits of a hash.
func (r *run) bit(h xxh3.Uint128, i uint64) (word int, mask uint64) {
	n := (h.Hi + i*(h.Lo|1)) % uint64(len(r.filter)*64)
	return int(n / 64), 1 << (n % 64)
}

func (r *run) mark(h xxh3.Uint128) {
	for i := range uint64(4) {
		w, m := r.bit(h, i)
		r.filter[w] |= m
	}
}

func (r *run) find(h xxh3.Uint128) (order int64, known bool, err error) {
	for i := range uint64(4) {
		if w, m := r.bit(h, i); r.filter[w]&m == 0 {
			return 0, false, nil
		}
	}
	page := sort.Search(len(r.firsts), func(i int) bool { return compare(r.firsts[i], h) > 0 }) - 1
	if page < 0 {
		return 0, false, nil
	}
	n := min(runPage, r.count-page*runPage)
	r.buf, err = r.storage.Slice(int64(page)*runPage*entryBytes, n*entryBytes, r.buf)
	if err != nil {
		return 0, false, err
	}
	b := r.buf
	i := sort.Search(n, func(i int) bool { return compare(getEntry(b[i*entryBytes:]).hash, h) >= 0 })
	if i < n {
		if e := getEntry(b[i*entryBytes:]); e.hash == h {
			return e.order - 1, true, nil
		}
	}
	return 0, false, nil
}
