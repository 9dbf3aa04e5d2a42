package pool

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAllTasksRun(t *testing.T) {
	p := New(3)
	defer p.Close()
	var n atomic.Int64
	var streams sync.WaitGroup
	for range 4 {
		streams.Add(1)
		go func() {
			defer streams.Done()
			q := p.Queue(func(err error) { t.Error(err) })
			for range 100 {
				q.Go(func() { n.Add(1) })
			}
			q.Wait()
		}()
	}
	streams.Wait()
	if n.Load() != 400 {
		t.Fatalf("%d tasks ran, want 400", n.Load())
	}
}

func TestStreamsTakeTurns(t *testing.T) {
	p := New(1)
	defer p.Close()
	hold := make(chan struct{})
	fail := func(err error) { t.Error(err) }
	long, short := p.Queue(fail), p.Queue(fail)
	long.Go(func() { <-hold })
	var order []string
	for range 50 {
		long.Go(func() { order = append(order, "long") })
	}
	short.Go(func() { order = append(order, "short") })
	close(hold)
	long.Wait()
	short.Wait()
	for i, who := range order {
		if who == "short" && i > 1 {
			t.Fatalf("the short stream waited for %d tasks of the long one", i)
		}
	}
}

func TestPanicFailsItsStreamOnly(t *testing.T) {
	p := New(1)
	defer p.Close()
	var got error
	bad := p.Queue(func(err error) { got = err })
	bad.Go(func() { panic("value of a patient") })
	bad.Wait()
	if got == nil || strings.Contains(got.Error(), "patient") {
		t.Fatalf("got %v, want an error without the panic's text", got)
	}
	good, ran := p.Queue(func(err error) { t.Error(err) }), false
	good.Go(func() { ran = true })
	good.Wait()
	if !ran {
		t.Fatal("the pool stopped after a panic")
	}
}
