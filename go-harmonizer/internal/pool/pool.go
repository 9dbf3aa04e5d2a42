// Package pool runs the tasks of all streams on a fixed number of goroutines, taking turns between the streams.
package pool

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// Pool is the goroutines that all streams share.
type Pool struct {
	mu      sync.Mutex
	ready   sync.Cond
	turns   []*Queue // queues with tasks, the next one first
	closed  bool
	workers sync.WaitGroup
	size    int
}

// Queue is the tasks of one stream, run in the order they were given, several at a time.
type Queue struct {
	pool    *Pool
	tasks   []func()
	running sync.WaitGroup
	onPanic func(error)
}

// New starts a pool of the given number of workers; Close ends it.
func New(workers int) *Pool {
	p := &Pool{size: workers}
	p.ready.L = &p.mu
	p.workers.Add(workers)
	for range workers {
		go p.work()
	}
	return p
}

// Size is the number of workers.
func (p *Pool) Size() int { return p.size }

// Close waits for the tasks that are queued and ends the workers.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.ready.Broadcast()
	p.workers.Wait()
}

// Queue makes a queue for one stream. onPanic is told, on a worker's goroutine, when a task panics; the worker goes on.
func (p *Pool) Queue(onPanic func(error)) *Queue {
	return &Queue{pool: p, onPanic: onPanic}
}

// Go queues a task. It does not wait; the caller bounds how many it has under way.
func (q *Queue) Go(task func()) {
	q.running.Add(1)
	p := q.pool
	p.mu.Lock()
	q.tasks = append(q.tasks, task)
	if len(q.tasks) == 1 {
		p.turns = append(p.turns, q)
	}
	p.mu.Unlock()
	p.ready.Signal()
}

// Wait returns when all tasks that were queued have ended.
func (q *Queue) Wait() { q.running.Wait() }

func (p *Pool) work() {
	defer p.workers.Done()
	for {
		q, task, ok := p.next()
		if !ok {
			return
		}
		q.run(task)
	}
}

// next takes one task of the queue whose turn it is and puts the queue at the end of the line.
func (p *Pool) next() (*Queue, func(), bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.turns) == 0 {
		if p.closed {
			return nil, nil, false
		}
		p.ready.Wait()
	}
	q := p.turns[0]
	p.turns = p.turns[1:]
	task := q.tasks[0]
	q.tasks = q.tasks[1:]
	if len(q.tasks) > 0 {
		p.turns = append(p.turns, q)
	}
	return q, task, true
}

func (q *Queue) run(task func()) {
	defer q.running.Done()
	defer func() {
		if r := recover(); r != nil {
			// The panic's own text may quote a value; only its place is safe to tell.
			q.onPanic(fmt.Errorf("a worker panicked (%T) at %s", r, PanicPlace(debug.Stack())))
		}
	}()
	task()
}
