package match

import (
	"context"
	"math/bits"
	"sync"
)

// taskPairs is about how many pairs a task looks at: some tens of milliseconds of work.
const taskPairs = 1 << 15

// task is a range of the blocks of one pass.
type task struct{ pass, from, to int }

// tasks cuts the blocks of all passes into tasks.
func (b *blocks) tasks() (all []task) {
	for i := range b.ends {
		from, pairs := 0, 0
		for n := range b.ends[i] {
			size := len(b.block(i, n))
			if pairs += size * (size - 1) / 2; pairs >= taskPairs {
				all = append(all, task{i, from, n + 1})
				from, pairs = n+1, 0
			}
		}
		if from < len(b.ends[i]) {
			all = append(all, task{i, from, len(b.ends[i])})
		}
	}
	return all
}

// block returns the members of block n of a pass.
func (b *blocks) block(i, n int) []int32 {
	from := uint32(0)
	if n > 0 {
		from = b.ends[i][n-1]
	}
	return b.members[i][from:b.ends[i][n]]
}

// scan shows every pair of the blocks once, x before y, with the passes it shares a block in, to a worker's own T, and gathers the
// Ts one at a time. How many pairs of the same task a T sees depends on nothing but the blocks.
func scan[T any](ctx context.Context, p *Population, fresh func() T, look func(t T, x, y int32, set uint32), gather func(T) error) error {
	var (
		mu     sync.Mutex
		failed error
		under  sync.WaitGroup
	)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	room := make(chan struct{}, p.opts.Workers)
	for _, t := range p.blocks.tasks() {
		room <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		under.Add(1)
		p.start(func() {
			defer under.Done()
			defer func() { <-room }()
			own := fresh()
			seen := p.blocks.walk(ctx, t, func(x, y int32, set uint32) { look(own, x, y, set) })
			mu.Lock()
			defer mu.Unlock()
			if ctx.Err() == nil && failed == nil {
				if failed = gather(own); failed != nil {
					stop()
				}
				p.progress(seen)
			}
		})
	}
	under.Wait()
	if failed != nil {
		return failed
	}
	return ctx.Err()
}

func (p *Population) start(task func()) {
	if p.opts.Go != nil {
		p.opts.Go(task)
		return
	}
	go task()
}

// walk shows the pairs of a task that no earlier pass shows, and returns how many there are in all.
func (b *blocks) walk(ctx context.Context, t task, show func(x, y int32, set uint32)) (seen int64) {
	for n := t.from; n < t.to; n++ {
		block := b.block(t.pass, n)
		for i, x := range block {
			if ctx.Err() != nil {
				return seen
			}
			for _, y := range block[i+1:] {
				if set := b.together(x, y); bits.TrailingZeros32(set) == t.pass {
					show(x, y, set)
				}
			}
			seen += int64(len(block) - i - 1)
		}
	}
	return seen
}

// progress tells the options that pairs have been seen; the caller holds the lock of the scan.
func (p *Population) progress(pairs int64) {
	if p.done += pairs; p.opts.Progress != nil {
		p.opts.Progress(p.done, p.blocks.pairs*p.scans)
	}
}
