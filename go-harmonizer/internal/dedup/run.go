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

// runWriter writes a run, of entries that ascend.
type runWriter struct {
	run  *run
	page []byte
}

func newRunWriter(storage Storage, most int) *runWriter {
	r := &run{storage: storage, filter: make([]uint64, most*filterBits/64+1), buf: make([]byte, runPage*entryBytes)}
	return &runWriter{r, make([]byte, 0, runPagesAtOnce*runPage*entryBytes)}
}

const runPagesAtOnce = 64

func (w *runWriter) add(e entry) error {
	if w.run.count%runPage == 0 {
		w.run.firsts = append(w.run.firsts, e.hash)
	}
	w.run.mark(e.hash)
	w.page = putEntry(w.page, e)
	w.run.count++
	if len(w.page) == cap(w.page) {
		return w.flush()
	}
	return nil
}

func (w *runWriter) flush() error {
	_, err := w.run.storage.Write(w.page)
	w.page = w.page[:0]
	return err
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
	b, err := r.storage.Slice(int64(page)*runPage*entryBytes, n*entryBytes, r.buf) // What is in memory already is lent: buf stays ours.
	if err != nil {
		return 0, false, err
	}
	i := sort.Search(n, func(i int) bool { return compare(getEntry(b[i*entryBytes:]).hash, h) >= 0 })
	if i < n {
		if e := getEntry(b[i*entryBytes:]); e.hash == h {
			return e.order - 1, true, nil
		}
	}
	return 0, false, nil
}
