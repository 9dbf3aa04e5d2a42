package rule

import (
	"bytes"
	"unsafe"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Evaluator turns the cells of one column into values, for one worker at a time.
type Evaluator struct {
	cell     Cell
	memo     *memo
	contexts *contexts // nil: peers and sources play no part
	likeness *likeness // nil: no field reads the values
	read     []int     // those that are read, as in Chain
	hygiene  func(*Cell)
	steps    []step
	counters *Counters
	column   int  // in the counters
	onNull   bool // a step looks at empty cells
	recent   []*[1]record.Finding
	computed int64
}

type step struct {
	run       func(*Cell)
	peers     []int // positions in the peers of the call, -1: always null
	sources   []int
	derives   []int
	reads     bool // some are not
	onNull    bool
	always    bool
	peerBuf   []*record.Value
	sourceBuf []*record.Value
}

// Chain says how one field is computed: its standardizers, one after the other, until one keeps or nulls the cell.
type Chain struct {
	Column       *Column
	Standardizer []*Standardizer
	// Lacks are the peers and sources that the file does not have: they are null in every record.
	Lacks []string
	// Likeness numbers the values that other fields read, and Read says which these are: positions in Derives, -1 for the field's own.
	Likeness *Likeness
	Read     []int
	// Room is shared by the columns of a worker; nil: the values that are remembered have bounds of their own only.
	Room *Room
}

// Peers returns the peers of all standardizers of the chain, each once, in order.
func (c Chain) Peers() []string {
	return union(c.Standardizer, func(s *Standardizer) []string { return s.Peers })
}

// Sources returns the sources of all standardizers of the chain, each once, in order.
func (c Chain) Sources() []string {
	return union(c.Standardizer, func(s *Standardizer) []string { return s.Sources })
}

// Derives returns what the standardizers of the chain write besides the field, in order.
func (c Chain) Derives() []string {
	return union(c.Standardizer, func(s *Standardizer) []string { return s.Derives })
}

func union(ss []*Standardizer, names func(*Standardizer) []string) []string {
	var all []string
	for _, s := range ss {
		for _, n := range names(s) {
			if position(all, n) < 0 {
				all = append(all, n)
			}
		}
	}
	return all
}

func position(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

// NewEvaluator makes an evaluator for one worker. hygiene cleans the text and finds missing values (rules STD-ENC-2, STD-TXT and
// NULL-1); it runs before the chain. remember switches the memo on.
func NewEvaluator(c Chain, hygiene *Standardizer, counters *Counters, remember bool) *Evaluator {
	e := &Evaluator{counters: counters, column: counters.Column(c.Column), hygiene: hygiene.Bind(c.Column)}
	e.cell.column = c.Column
	peers, sources, derives := c.Peers(), c.Sources(), c.Derives()
	e.cell.derived = make([]*record.Value, len(derives))
	if remember {
		e.memo = newMemo(c.Room)
		if p, s := without(peers, c.Lacks), without(sources, c.Lacks); len(p)+len(s) > 0 {
			e.contexts = newContexts(p, s)
		}
		if len(c.Read) > 0 {
			e.likeness, e.read = newLikeness(c.Likeness), c.Read
		}
	}
	for _, s := range c.Standardizer {
		if s.Bind == nil {
			continue
		}
		e.onNull = e.onNull || s.OnNull || s.Always
		e.steps = append(e.steps, newStep(s, c, peers, sources, derives))
	}
	return e
}

func newStep(s *Standardizer, c Chain, peers, sources, derives []string) step {
	all := step{
		run: s.Bind(c.Column), onNull: s.OnNull || s.Always, always: s.Always,
		peers: positions(peers, s.Peers), sources: positions(sources, s.Sources), derives: positions(derives, s.Derives),
		peerBuf: make([]*record.Value, len(s.Peers)), sourceBuf: make([]*record.Value, len(s.Sources)),
	}
	all.settle(all.peers, s.Peers, all.peerBuf, c.Lacks)
	all.settle(all.sources, s.Sources, all.sourceBuf, c.Lacks)
	return all
}

// settle fills in what is null in every record.
func (s *step) settle(at []int, names []string, buf []*record.Value, lacks []string) {
	for i, name := range names {
		if position(lacks, name) >= 0 {
			at[i], buf[i] = -1, record.Null
		} else {
			s.reads = true
		}
	}
}

// without returns the positions of the names that are not lacking.
func without(names, lacking []string) (at []int) {
	for i, n := range names {
		if position(lacking, n) < 0 {
			at = append(at, i)
		}
	}
	return at
}

func positions(all, names []string) []int {
	at := make([]int, len(names))
	for i, n := range names {
		at[i] = position(all, n)
	}
	return at
}

// RecallMost is how many cells Recall takes at a time.
const RecallMost = 32

// Recalls tells that Recall may find values; depends: it has to know their contexts.
func (e *Evaluator) Recalls() (can, depends bool) {
	return e.memo != nil && !e.memo.off, e.contexts != nil
}

// Context returns the number under which the values of cells are remembered beside these peers and sources; 0: under none.
func (e *Evaluator) Context(peers, sources []*record.Value) uint32 {
	return e.contexts.of(peers, sources)
}

// Recall finds the remembered values of up to RecallMost cells with their contexts, 0 where nothing depends on these; nil where Eval
// has to be asked. It looks for all of them at once, so that the processor waits for memory once and not for each.
func (e *Evaluator) Recall(raws [][]byte, contexts []uint32, to []*record.Value) {
	e.memo.findAll(raws, contexts, to)
}

// IsIdle tells that empty cells are null without any rule looking at them.
func (e *Evaluator) IsIdle() bool { return !e.onNull }

// Eval returns what the cell becomes. peers and sources are in the order of the chain's Peers and Sources. The value lives until
// arena is reset or Tidy is called.
func (e *Evaluator) Eval(raw []byte, peers, sources []*record.Value, arena *Arena) *record.Value {
	if len(raw) == 0 && !e.onNull {
		return record.Null
	}
	if e.memo == nil || e.memo.off {
		return e.compute(raw, peers, sources, arena)
	}
	context := uint32(0)
	if e.contexts != nil {
		if context = e.contexts.of(peers, sources); context == 0 {
			return e.compute(raw, peers, sources, arena) // What depends on a value that is not remembered is new as well.
		}
	}
	v, key := e.memo.find(raw, context)
	if v != nil {
		return v
	}
	if e.memo.full() {
		return e.compute(raw, peers, sources, arena)
	}
	return e.remember(key, raw, peers, sources)
}

// remember computes a value for all cells of its key.
func (e *Evaluator) remember(key memoKey, raw []byte, peers, sources []*record.Value) *record.Value {
	raw = e.memo.arena.Copy(raw)
	v := e.compute(raw, peers, sources, &e.memo.arena)
	for _, k := range e.read {
		switch {
		case k < 0:
			e.likeness.number(v)
		case len(v.Derived) > 0:
			e.likeness.number(v.Derived[k])
		}
	}
	e.memo.add(key, raw, v)
	return v
}

// Tidy lets the memo forget or rest, and tells whether it forgot. No value of the evaluator may be in use.
func (e *Evaluator) Tidy() (forgot bool) {
	if e.memo == nil || !e.memo.tidy() {
		return false
	}
	if e.contexts != nil {
		e.contexts.forget()
	}
	if e.likeness != nil {
		e.likeness.forget()
	}
	return true
}

// Computed is how many values were computed so far; every other cell had one that was remembered.
func (e *Evaluator) Computed() int64 { return e.computed }

func (e *Evaluator) compute(raw []byte, peers, sources []*record.Value, arena *Arena) *record.Value {
	e.computed++
	c := e.clean(raw, arena)
	e.runSteps(c, peers, sources)
	return e.seal(c, raw, arena)
}

func (e *Evaluator) runSteps(c *Cell, peers, sources []*record.Value) {
	derived := c.derived
	for i := range e.steps {
		s := &e.steps[i]
		if c.stopped && c.Text != nil && !s.always || c.Text == nil && !s.onNull {
			continue
		}
		if s.reads {
			pick(s.peerBuf, peers, s.peers)
			pick(s.sourceBuf, sources, s.sources)
		}
		c.peers, c.sources = s.peerBuf, s.sourceBuf
		c.derived = derived
		if len(s.derives) > 0 {
			c.derived = derived[s.derives[0] : s.derives[0]+len(s.derives)]
		}
		s.run(c)
	}
	c.derived = derived
}

// Clean returns the text of a cell after hygiene, nil when it is empty or stands for a missing value. It lasts until arena is reset.
func (e *Evaluator) Clean(raw []byte, arena *Arena) []byte { return e.clean(raw, arena).Text }

// clean begins with a cell.
func (e *Evaluator) clean(raw []byte, arena *Arena) *Cell {
	c := &e.cell
	c.Text, c.clean, c.arena, c.findings, c.counted = nil, nil, arena, c.findings[:0], ""
	c.outcome, c.absent, c.stopped = record.OK, record.Present, false
	clear(c.derived)
	if len(raw) > 0 {
		c.Text = raw
		e.hygiene(c)
		if len(c.Text) == 0 {
			c.Text = nil
		}
		c.clean = c.Text
	}
	return c
}

func pick(to, from []*record.Value, positions []int) {
	for i, at := range positions {
		if at >= 0 {
			to[i] = from[at]
		}
	}
}

// seal makes the value of a cell that went through its rules.
func (e *Evaluator) seal(c *Cell, raw []byte, arena *Arena) *record.Value {
	v := arena.value()
	v.Text, v.Clean, v.Outcome, v.Absent = c.Text, c.clean, c.outcome, c.absent
	if len(v.Text) == 0 {
		v.Text = nil
	}
	v.Differs = !bytes.Equal(v.Text, raw)
	switch len(c.findings) {
	case 0:
	case 1:
		e.sealOne(v, &c.findings[0], arena)
	default:
		v.Findings = arena.copyFindings(c.findings)
		for i := range v.Findings {
			f := &v.Findings[i]
			f.Counter = e.intern(f)
			if f.Field == "" {
				v.Worst = max(v.Worst, f.Severity)
			}
		}
	}
	if len(c.derived) > 0 {
		v.Derived = arena.copyDerived(c.derived)
	}
	if c.counted != "" {
		v.Tally = 1 + e.intern(&record.Finding{Message: c.counted})
	}
	v.Sum()
	return v
}

// sealOne gives a value its only finding. Columns make the same few findings over and over: values share them.
func (e *Evaluator) sealOne(v *record.Value, f *record.Finding, arena *Arena) {
	if f.Field == "" {
		v.Worst = f.Severity
	}
	if r := e.known(f); r != nil {
		v.Findings = r[:]
		return
	}
	v.Findings = arena.copyFindings(e.cell.findings)
	v.Findings[0].Counter = e.intern(f)
}

const recentMost = 16 // findings that an evaluator knows by heart, with their counters

// known returns a finding that was made before, nil when it is not known by heart.
func (e *Evaluator) known(f *record.Finding) *[1]record.Finding {
	for _, list := range e.recent {
		r := &list[0]
		if isSame(r.Rule, f.Rule) && isSame(r.Message, f.Message) && r.Severity == f.Severity && r.Outcome == f.Outcome &&
			r.Aggregate == f.Aggregate && r.Field == f.Field {
			return list
		}
	}
	return nil
}

// isSame tells that two texts are one in memory, as constants are. Equal ones need not be.
func isSame(a, b string) bool {
	return len(a) == len(b) && unsafe.StringData(a) == unsafe.StringData(b)
}

// intern returns the counter of a finding.
func (e *Evaluator) intern(f *record.Finding) int32 {
	if r := e.known(f); r != nil {
		return r[0].Counter
	}
	f.Counter = e.counters.Intern(e.column, *f)
	if len(e.recent) < recentMost {
		e.recent = append(e.recent, &[1]record.Finding{*f})
	}
	return f.Counter
}
