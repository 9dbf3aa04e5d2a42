package pipeline

import (
	"sort"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/dedup"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// group is the records of one entity in all files of the job: those that are compared with each other.
type group struct {
	entity  string
	targets []*target // in the order in which they are standardized
	// set finds exact duplicates, keys records that share a key; nil: not looked for.
	set  *dedup.Set
	keys *dedup.Keys
	// growth collects the records that rule VAL-VIT-3 compares; nil: none.
	growth *dedup.Keys
	// exact takes the place of set where equal hashes are verified; nil: they count as equal.
	exact *dedup.Keys
	order int64 // records so far, removed ones counted
	// changes are what comparisons did to records, by order.
	changes map[int64]*change
}

// target is the records of one entity of one file on their way out.
type target struct {
	*group
	run   *run
	index int
	plan  *plan.Plan
	base  int64 // order of its first record
	count int64 // of its records, removed ones counted
	// spool holds the encoded records until records have been compared; nil: they are sent at once.
	spool *scratch.Store
	// parts are the segments' shares of the output.
	parts    []part
	name     string // of its clean artifact, once that is known
	clean    *artifact
	rereader *rereader // nil: nothing was merged yet
	acct     account
	rows     int64 // rows of the input that came here
	marks    []Mark
	spooled  int64 // bytes
	schema   bool  // was sent
	counters *rule.Counters
	stats    *plan.Stats
	removed  encode.Lines // issues of the duplicates of the segment at hand
	traces   encode.Lines // their lineage
}

// account is where the records of a target went.
type account struct{ Written, Duplicates, Created, ErrorRecords int64 }

// part is what a segment gave to a target.
type part struct {
	segment *segment
	first   int64    // order of its first record
	count   int      // records, removed ones counted
	removed []uint32 // positions of the records that are not in the output, ascending
	off     int64    // in the spool
	size    int
}

// of returns the target that holds a record.
func (g *group) of(order int64) *target {
	i := sort.Search(len(g.targets), func(i int) bool { return g.targets[i].base > order })
	for i--; g.targets[i].count == 0; i-- { // One that is empty begins where the next does.
	}
	return g.targets[i]
}

// isGone tells that a record is not in the output.
func (g *group) isGone(order int64) bool {
	c := g.changes[order]
	return c != nil && (c.removed || c.withdrawn)
}

// at returns the part that holds a record.
func (t *target) at(order int64) *part {
	i := sort.Search(len(t.parts), func(i int) bool { return t.parts[i].first > order })
	return &t.parts[i-1]
}

func (p *part) isRemoved(position uint32) bool {
	i := sort.Search(len(p.removed), func(i int) bool { return p.removed[i] >= position })
	return i < len(p.removed) && p.removed[i] == position
}

// withoutRows takes the rows at the given positions out of a block, whose Ends no longer hold then.
func withoutRows(b *encode.Block, removed []uint32) []byte {
	if len(removed) == 0 {
		return b.Rows
	}
	begin := func(position uint32) int {
		if position == 0 {
			return 0
		}
		return b.Ends[position-1]
	}
	kept := begin(removed[0])
	for i, position := range removed {
		end := len(b.Rows)
		if i+1 < len(removed) {
			end = begin(removed[i+1])
		}
		kept += copy(b.Rows[kept:], b.Rows[b.Ends[position]:end])
	}
	return b.Rows[:kept]
}
