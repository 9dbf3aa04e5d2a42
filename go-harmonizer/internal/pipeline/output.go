package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sort"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/dedup"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// artifact is a file on its way to the sink.
type artifact struct {
	kind Kind
	name string
	hash hash.Hash
	size int64
	sink Sink
	// wanted is false for an artifact that nobody asked for: nothing is written.
	wanted bool
	// held is what waits to become a piece: a reader pays for every piece, however small.
	held []byte
}

func newArtifact(kind Kind, name string, sink Sink, wanted bool) *artifact {
	return &artifact{kind: kind, name: name, hash: sha256.New(), sink: sink, wanted: wanted}
}

const artifactPiece = 256 << 10

// write takes the next bytes and sends whole pieces.
func (a *artifact) write(data []byte) error {
	if !a.wanted {
		return nil
	}
	a.hash.Write(data)
	a.size += int64(len(data))
	for len(a.held)+len(data) >= artifactPiece {
		piece := data
		if len(a.held) > 0 {
			n := artifactPiece - len(a.held)
			a.held = append(a.held, data[:n]...)
			piece, data = a.held, data[n:]
		} else {
			piece, data = data[:artifactPiece], data[artifactPiece:]
		}
		if err := a.sink.Artifact(a.kind, a.name, piece); err != nil {
			return err
		}
		a.held = a.held[:0]
	}
	a.held = append(a.held, data...)
	return nil
}

// end sends what is left; of an empty artifact it sends no bytes, so that it is there.
func (a *artifact) end() error {
	if !a.wanted || len(a.held) == 0 && a.size > 0 {
		return nil
	}
	defer func() { a.held = nil }()
	return a.sink.Artifact(a.kind, a.name, a.held)
}

func (a *artifact) sum() string { return hex.EncodeToString(a.hash.Sum(nil)) }

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

// rowsWithout returns the rows of a block but those at the given positions. Nothing is copied when none is left out.
func rowsWithout(b *encode.Block, removed []uint32, buf []byte) []byte {
	if len(removed) == 0 {
		return b.Rows
	}
	buf = buf[:0]
	start := 0
	for _, position := range removed {
		from := 0
		if position > 0 {
			from = b.Ends[position-1]
		}
		buf = append(buf, b.Rows[start:from]...)
		start = b.Ends[position]
	}
	return append(buf, b.Rows[start:]...)
}
