package pipeline

import (
	"math"
	"sync/atomic"
)

// Stage is a part of the work.
type Stage int32

// The stages.
const (
	Reading Stage = iota + 1
	Standardizing
	Comparing
	Writing
	Done
)

// Progress is how far a run has come. Anybody may read it while the run goes on.
type Progress struct {
	Stage    atomic.Int32
	Bytes    atomic.Int64 // received, as sent
	Read     atomic.Int64 // records found
	Finished atomic.Int64 // records standardized
	Errors   atomic.Int64
	Warnings atomic.Int64
	Total    atomic.Int64  // records of the file, once known
	Size     atomic.Int64  // bytes of the files as sent, as far as they have begun; 0: not known
	highest  atomic.Uint64 // percent that was told, as bits of a float64
}

// Percent is the share of the work that is done, 0 to 100; 0 while it cannot be told. Reading is the first half. It never falls,
// although a file that begins makes the work longer.
func (p *Progress) Percent() float64 {
	for {
		old := p.highest.Load()
		now := max(p.percent(), math.Float64frombits(old))
		if p.highest.CompareAndSwap(old, math.Float64bits(now)) {
			return now
		}
	}
}

func (p *Progress) percent() float64 {
	switch Stage(p.Stage.Load()) {
	case Reading:
		if size := p.Size.Load(); size > 0 {
			return 50 * min(1, float64(p.Bytes.Load())/float64(size))
		}
		return 0
	case Standardizing:
		if total := p.Total.Load(); total > 0 {
			return 50 + 45*min(1, float64(p.Finished.Load())/float64(total))
		}
		return 0
	case Comparing:
		return 95
	case Writing:
		return 97
	case Done:
		return 100
	}
	return 0
}
