package rule

import (
	"math"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Likeness gives the values of one worker that other fields read the numbers by which these tell them apart. Numbers are never used
// twice, so that who knows a number knows the text, even one that was forgotten since.
type Likeness struct{ last uint32 }

// NewLikeness starts to number.
func NewLikeness() *Likeness { return &Likeness{record.AlikeOwn} }

// likeness is what one evaluator numbered; a memory of it is kept as long as that of its values.
type likeness struct {
	worker  *Likeness
	numbers map[string]uint32
	key     []byte
}

func newLikeness(worker *Likeness) *likeness {
	return &likeness{worker: worker, numbers: map[string]uint32{}}
}

func (l *likeness) forget() { l.numbers = map[string]uint32{} }

// number fills in Alike and CleanAlike of a remembered value.
func (l *likeness) number(v *record.Value) {
	if v == nil || !v.Remembered || v.Alike > 0 {
		return
	}
	v.Alike, v.CleanAlike = l.of(v.Outcome, v.Absent, v.Text), l.of(record.None, 0, v.Clean)
}

func (l *likeness) of(outcome record.Outcome, absent record.Reason, text []byte) uint32 {
	if text == nil && absent == record.Present && outcome <= record.OK {
		return record.AlikeNull
	}
	l.key = append(append(l.key[:0], byte(outcome), byte(absent), isNull(text)), text...)
	if n, ok := l.numbers[string(l.key)]; ok {
		return n
	}
	if l.worker.last == math.MaxUint32 {
		return 0 // Nothing is wrong with a value that nobody knows again.
	}
	l.worker.last++
	l.numbers[string(l.key)] = l.worker.last
	return l.worker.last
}

func isNull(text []byte) byte {
	if text == nil {
		return 1
	}
	return 0
}

// contexts number what values depend on beside their own cell: the numbers of likeness of the peers and sources that the file has.
type contexts struct {
	peers   []int // of those of a call
	sources []int
	width   int
	numbers []uint32 // width for each context
	slots   []uint32 // open addressing: the context's number, from 1; 0: free
	last    uint32   // that was asked for
	key     []uint32
}

func newContexts(peers, sources []int) *contexts {
	width := len(peers) + len(sources)
	return &contexts{peers: peers, sources: sources, width: width, slots: make([]uint32, memoStart), key: make([]uint32, width)}
}

func (c *contexts) forget() { *c = *newContexts(c.peers, c.sources) }

func (c *contexts) count() int { return len(c.numbers) / c.width }

func (c *contexts) at(n uint32) []uint32 { return c.numbers[int(n-1)*c.width:][:c.width] }

// of returns the number of a context, which is new where it was not seen; 0: a peer or source is not known, or there is no room.
func (c *contexts) of(peers, sources []*record.Value) uint32 {
	known := uint32(math.MaxUint32)
	for i, at := range c.peers {
		n := peers[at].Alike
		c.key[i], known = n, min(known, n)
	}
	for i, at := range c.sources {
		n := sources[at].CleanAlike
		c.key[len(c.peers)+i], known = n, min(known, n)
	}
	if known == 0 {
		return 0
	}
	if c.last == 0 || !slices.Equal(c.at(c.last), c.key) {
		c.last = c.find()
	}
	return c.last
}

func (c *contexts) find() uint32 {
	if 2*c.count() >= len(c.slots) {
		c.grow()
	}
	mask := uint64(len(c.slots) - 1)
	for i := home(c.key) & mask; ; i = (i + 1) & mask {
		switch n := c.slots[i]; {
		case n == 0 && c.count() >= memoEntries:
			return 0
		case n == 0:
			c.numbers = append(c.numbers, c.key...)
			c.slots[i] = uint32(c.count())
			return c.slots[i]
		case slices.Equal(c.at(n), c.key):
			return n
		}
	}
}

func home(key []uint32) uint64 {
	h := uint64(len(key))
	for _, n := range key {
		h = (h ^ uint64(n)) * 0x9e3779b97f4a7c15
		h ^= h >> 32
	}
	return h
}

func (c *contexts) grow() {
	c.slots = make([]uint32, 2*len(c.slots))
	mask := uint64(len(c.slots) - 1)
	for n := range uint32(c.count()) {
		i := home(c.at(n+1)) & mask
		for c.slots[i] != 0 {
			i = (i + 1) & mask
		}
		c.slots[i] = n + 1
	}
}
