package pipeline

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/deid"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// engine is pass 2: workers standardize segments side by side, and what they made is taken in the order of the input.
type engine struct {
	run     *run
	reading *reading
	parser  *csvfmt.Parser
	// take is called for every result, in order.
	take func(*result) error
	// only is the target that is worked on, -1: all.
	only int
	// change, when it is set, is called by the workers between standardizing and encoding.
	change func(seg *segment, t *plan.Table)
	// look, when it is set, is called by the workers instead of encoding.
	look func(m *maker, res *result, t *plan.Table)

	window  int // results under way at most
	pending []*result
	free    []*result

	mu     sync.Mutex
	idle   []*maker
	makers []*maker
}

// result is what one segment became, for each target.
type result struct {
	segment *segment
	done    chan struct{}
	err     error
	blocks  []encode.Block
	keys    [][]key
	roster  [][]rule.Entry // by target: what others of the job refer to
	persons []match.Person // of patients, while they are matched, with the numbers of their records
	numbers []int64
	broken  []broken
	empty   [][]broken // by target: rows without a reading
}

// key is the hashes under which a record is compared with others.
type key struct {
	hash    uint64 // of the key of rule DED-2
	ok      bool   // it has one
	patient uint64 // of the patient, for rule VAL-VIT-3
	grows   bool   // that rule looks at it
}

// broken is a record that is no row, with what the quarantine needs.
type broken struct {
	number int64
	reason string
	raw    []byte
}

// maker is the state of one worker in pass 2.
type maker struct {
	batch    record.Batch
	buf      []byte
	rows     [][]uint32
	workers  []*plan.Worker
	encoders []*encode.Encoder
	keys     []*cross.Keys
	growth   []*cross.GrowthKeys
	rosters  []*rule.Roster

	transforms []*deid.Transform // nil: nothing is de-identified
}

func newEngine(r *run, reading *reading) *engine {
	return &engine{run: r, reading: reading, only: -1, window: 2*r.pool.Size() + 1,
		parser: csvfmt.NewParser(r.source.dialect, len(reading.headers), r.limits.MaxField)}
}

// feed queues a segment; it takes finished results first when too many are under way.
func (e *engine) feed(ctx context.Context, seg *segment) error {
	for len(e.pending) >= e.window {
		if err := e.drain(ctx); err != nil {
			return err
		}
	}
	res := e.result(seg)
	e.pending = append(e.pending, res)
	e.run.queue.Go(func() {
		defer close(res.done)
		if ctx.Err() != nil {
			res.err = ctx.Err()
			return
		}
		m := e.borrow()
		res.err = errUnfinished // Stands when the task panics; its maker is then given up.
		res.err = e.make(m, seg, res)
		e.giveBack(m)
	})
	return nil
}

// errUnfinished is the error of a result whose task did not come to its end.
var errUnfinished = errors.New("a worker panicked")

// finish takes what is left.
func (e *engine) finish(ctx context.Context) error {
	for len(e.pending) > 0 {
		if err := e.drain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// drain waits for the oldest result and takes it.
func (e *engine) drain(ctx context.Context) error {
	res := e.pending[0]
	select {
	case <-res.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if errors.Is(res.err, errUnfinished) {
		<-ctx.Done() // Whoever caught the panic ends the context with its cause.
		return context.Cause(ctx)
	}
	if res.err != nil {
		return res.err
	}
	e.pending = e.pending[1:]
	if err := e.take(res); err != nil {
		return err
	}
	e.free = append(e.free, res)
	return nil
}

func (e *engine) result(seg *segment) *result {
	var res *result
	if n := len(e.free); n > 0 {
		res = e.free[n-1]
		e.free = e.free[:n-1]
	} else {
		n := len(e.reading.plans)
		res = &result{blocks: make([]encode.Block, n), keys: make([][]key, n), roster: make([][]rule.Entry, n), empty: make([][]broken, n)}
	}
	res.segment, res.done, res.err = seg, make(chan struct{}), nil
	return res
}

func (e *engine) borrow() *maker {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.idle); n > 0 {
		m := e.idle[n-1]
		e.idle = e.idle[:n-1]
		return m
	}
	m := e.newMaker()
	e.makers = append(e.makers, m)
	return m
}

func (e *engine) giveBack(m *maker) {
	e.mu.Lock()
	e.idle = append(e.idle, m)
	e.mu.Unlock()
}

func (e *engine) newMaker() *maker {
	m := &maker{}
	for i, p := range e.reading.plans {
		w := plan.NewWorker(p)
		m.workers = append(m.workers, w)
		m.encoders = append(m.encoders, encode.New(p, w, e.run.encodeOptions(i)))
		var k *cross.Keys
		var g *cross.GrowthKeys
		if e.run.compares() {
			k, g = cross.NewKeys(p), cross.NewGrowthKeys(p)
		}
		m.keys, m.growth = append(m.keys, k), append(m.growth, g)
		m.rosters = append(m.rosters, e.run.newRoster(p))
		var d *deid.Transform
		if e.run.job.Deidentify {
			d = deid.New(p, w, e.run.job.Key)
		}
		m.transforms = append(m.transforms, d)
	}
	return m
}

// make standardizes one segment.
func (e *engine) make(m *maker, seg *segment, res *result) error {
	own := seg
	seg, neighbours := e.widen(seg)
	if err := e.parse(m, seg); err != nil {
		return err
	}
	m.rows = e.reading.route(&m.batch, m.rows)
	res.broken = res.broken[:0]
	for _, b := range m.batch.Broken {
		res.broken = append(res.broken, broken{seg.first + int64(b.Index), b.Reason, append([]byte(nil), m.batch.Text(b.Raw)...)})
	}
	for i := range e.reading.plans {
		if e.only >= 0 && i != e.only {
			continue
		}
		t := m.workers[i].Run(&m.batch, m.rows[i], seg.first, neighbours)
		if e.look != nil {
			e.look(m, res, t)
			continue
		}
		if e.change != nil {
			e.change(own, t)
		}
		if m.transforms[i] != nil {
			m.encoders[i].Hash(t, &res.blocks[i])
		}
		res.keys[i] = hashKeys(m.keys[i], m.growth[i], t, res.keys[i][:0])
		res.roster[i] = m.rosters[i].Append(res.roster[i][:0], t.Values)
		if m.transforms[i] != nil {
			m.transforms[i].Apply(t) // After records have been compared, or what that needs was taken (rule 0.1).
		}
		m.encoders[i].Encode(t, &res.blocks[i])
		res.empty[i] = res.empty[i][:0]
		for _, row := range t.Empty {
			res.empty[i] = append(res.empty[i], broken{seg.first + int64(m.batch.Index[row]), noReading,
				append([]byte(nil), m.batch.Text(m.batch.Raw[row])...)})
		}
	}
	return nil
}

// widen adds the neighbours of a segment where records are compared with those beside them.
func (e *engine) widen(seg *segment) (*segment, plan.Neighbours) {
	if !e.reading.plans[0].NeedsNeighbours() {
		return seg, plan.Neighbours{}
	}
	before, after := e.run.beside(seg)
	return seg.withNeighbours(before, after), plan.Neighbours{Before: before != nil && before.tail > 0,
		After: after != nil && after.head > 0}
}

const noReading = "the record holds no reading"

// parse cuts a segment into cells.
func (e *engine) parse(m *maker, seg *segment) error {
	text, err := e.run.source.read(seg, e.reading.label, &m.buf)
	if err != nil {
		return err
	}
	if err := e.parser.Parse(text, &m.batch); err != nil {
		return seg.place(err)
	}
	if e.reading.harmonized {
		unguard(&m.batch)
	}
	return nil
}

// unguard takes back the ' of rule SEC-1 from the cells of a harmonized file.
func unguard(b *record.Batch) {
	for _, column := range b.Cells {
		for row := range column {
			s := &column[row]
			if n := uint32(len(csvfmt.Unguard(b.Text(*s)))); n < s.Len {
				s.Off, s.Len = s.Off+s.Len-n, n
			}
		}
	}
}

func hashKeys(k *cross.Keys, g *cross.GrowthKeys, t *plan.Table, to []key) []key {
	if k == nil && g == nil {
		return to
	}
	n := len(t.Refs)
	to = slices.Grow(to[:0], n)[:n]
	clear(to)
	if k != nil {
		for i, hash := range k.Hashes(t) {
			to[i].hash, to[i].ok = hash, k.Has(i)
		}
	}
	if g != nil {
		for i := range to {
			to[i].patient, to[i].grows = g.Hash(t, i)
		}
	}
	return to
}
