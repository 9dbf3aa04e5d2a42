package rule

import (
	"bytes"
	"encoding/binary"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// Evaluator turns the cells of one column into values, for one worker at a time.
type Evaluator struct {
	cell     Cell
	memo     *memo
	hygiene  func(*Cell)
	steps    []step
	counters *Counters
	column   int // in the counters
	key      []byte
	plain    bool // peers and sources play no part
	onNull   bool // a step looks at empty cells
	recent   []record.Finding
}

type step struct {
	run       func(*Cell)
	peers     []int // positions in the peers of the call
	sources   []int
	derives   []int
	onNull    bool
	always    bool
	peerBuf   []*record.Value
	sourceBuf []*record.Value
}

// Chain says how one field is computed: its standardizers, one after the other, until one keeps or nulls the cell.
type Chain struct {
	Column       *Column
	Standardizer []*Standardizer
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
	e.plain = len(peers)+len(sources) == 0
	e.cell.derived = make([]*record.Value, len(derives))
	if remember {
		e.memo = newMemo()
	}
	for _, s := range c.Standardizer {
		if s.Bind == nil {
			continue
		}
		e.onNull = e.onNull || s.OnNull || s.Always
		e.steps = append(e.steps, step{
			run: s.Bind(c.Column), onNull: s.OnNull || s.Always, always: s.Always,
			peers: positions(peers, s.Peers), sources: positions(sources, s.Sources), derives: positions(derives, s.Derives),
			peerBuf: make([]*record.Value, len(s.Peers)), sourceBuf: make([]*record.Value, len(s.Sources)),
		})
	}
	return e
}

func positions(all, names []string) []int {
	at := make([]int, len(names))
	for i, n := range names {
		at[i] = position(all, n)
	}
	return at
}

// Eval returns what the cell becomes. peers and sources are in the order of the chain's Peers and Sources. The value lives until
// arena is reset or Tidy is called.
func (e *Evaluator) Eval(raw []byte, peers, sources []*record.Value, arena *Arena) *record.Value {
	if len(raw) == 0 && !e.onNull {
		return record.Null
	}
	if e.memo == nil || e.memo.off {
		return e.compute(raw, peers, sources, arena)
	}
	key := raw
	if !e.plain {
		key = e.compoundKey(raw, peers, sources)
	}
	v, hash := e.memo.find(key)
	if v != nil {
		return v
	}
	if e.memo.full() {
		return e.compute(raw, peers, sources, arena)
	}
	v = e.compute(e.memo.arena.Copy(raw), peers, sources, &e.memo.arena)
	e.memo.add(hash, key, v)
	return v
}

// Tidy lets the memo forget or rest, and tells whether it forgot. No value of the evaluator may be in use.
func (e *Evaluator) Tidy() (forgot bool) { return e.memo != nil && e.memo.tidy() }

// compoundKey writes the cell and everything else the value depends on, each with its length, so that no two differ alike.
func (e *Evaluator) compoundKey(raw []byte, peers, sources []*record.Value) []byte {
	k := append(binary.AppendUvarint(e.key[:0], uint64(len(raw))), raw...)
	for _, p := range peers {
		k = append(k, byte(p.Outcome), byte(p.Absent))
		k = appendText(k, p.Text)
	}
	for _, s := range sources {
		k = appendText(k, s.Clean)
	}
	e.key = k
	return k
}

func appendText(k, text []byte) []byte {
	if text == nil {
		return append(k, 0)
	}
	return append(binary.AppendUvarint(k, uint64(len(text))+1), text...)
}

func (e *Evaluator) compute(raw []byte, peers, sources []*record.Value, arena *Arena) *record.Value {
	c := &e.cell
	*c = Cell{column: c.column, arena: arena, findings: c.findings[:0], derived: c.derived, outcome: record.OK}
	clear(c.derived)
	if len(raw) > 0 {
		c.Text = raw
		e.hygiene(c)
		if len(c.Text) == 0 {
			c.Text = nil
		}
		c.clean = c.Text
	}
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
		for j, at := range s.peers {
			s.peerBuf[j] = peers[at]
		}
		for j, at := range s.sources {
			s.sourceBuf[j] = sources[at]
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

// seal makes the value of a cell that went through its rules.
func (e *Evaluator) seal(c *Cell, raw []byte, arena *Arena) *record.Value {
	v := arena.value()
	v.Text, v.Clean, v.Outcome, v.Absent = c.Text, c.clean, c.outcome, c.absent
	if v.Text != nil && len(v.Text) == 0 {
		v.Text = nil
	}
	v.Differs = !bytes.Equal(v.Text, raw)
	v.Findings = arena.copyFindings(c.findings)
	for i := range v.Findings {
		f := &v.Findings[i]
		f.Counter = e.intern(f)
		if f.Field == "" {
			v.Worst = max(v.Worst, f.Severity)
		}
	}
	if len(c.derived) > 0 {
		v.Derived = arena.copyDerived(c.derived)
	}
	return v
}

const recentMost = 16 // findings whose counters an evaluator knows by heart

// intern returns the counter of a finding. Columns make the same few findings over and over, with the same constant texts.
func (e *Evaluator) intern(f *record.Finding) int32 {
	for i := range e.recent {
		r := &e.recent[i]
		if r.Message == f.Message && r.Rule == f.Rule && r.Field == f.Field && r.Severity == f.Severity && r.Outcome == f.Outcome &&
			r.Aggregate == f.Aggregate {
			return r.Counter
		}
	}
	f.Counter = e.counters.Intern(e.column, *f)
	if len(e.recent) < recentMost {
		e.recent = append(e.recent, *f)
	}
	return f.Counter
}
