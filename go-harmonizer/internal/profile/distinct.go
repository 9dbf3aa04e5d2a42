package profile

import (
	"math"
	"math/bits"
)

const (
	distinctMost = 100_000 // distinct values that are counted exactly (rule DQ-4)
	setStart     = 1 << 4  // slots of an empty set
	setMost      = 1 << 17 // slots in which distinctMost are four fifths
	indexBits    = 14      // of a hash that choose a register: a standard error of 0.8 %
	rankMost     = 64 - indexBits + 1
)

// distinct counts different hashes: exactly while they are few, then by a HyperLogLog sketch. Both are the same whatever the order
// of the hashes, and however they are shared out among counts that are merged. The zero value has none.
type distinct struct {
	set       []uint64 // open addressing, 0: free
	used      int
	zero      bool // the hash 0 is among them
	registers []uint8
	waiting   []uint64
}

// waitingMost hashes are put into the set at once: its memory is far, and a processor fetches for several at a time.
const waitingMost = 512

func (d *distinct) add(h uint64) {
	if d.registers != nil {
		d.sketch(h)
		return
	}
	if d.waiting = append(d.waiting, h); len(d.waiting) == waitingMost {
		d.settle()
	}
}

func (d *distinct) settle() {
	waiting := d.waiting
	d.waiting = waiting[:0]
	for _, h := range waiting {
		d.put(h)
	}
}

func (d *distinct) put(h uint64) {
	if d.registers != nil {
		d.sketch(h)
		return
	}
	if h == 0 {
		d.zero = true
		return
	}
	if d.used*5 >= len(d.set)*4 {
		d.grow()
	}
	if !insert(d.set, h) {
		return
	}
	if d.used++; d.used > distinctMost {
		d.overflow()
	}
}

// insert puts a hash into a set that has room for it, and tells whether it is new.
func insert(set []uint64, h uint64) bool {
	mask := uint64(len(set) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch set[i] {
		case h:
			return false
		case 0:
			set[i] = h
			return true
		}
	}
}

func (d *distinct) grow() {
	old := d.set
	d.set = make([]uint64, min(max(setStart, 4*len(old)), setMost))
	for _, h := range old {
		if h != 0 {
			insert(d.set, h)
		}
	}
}

// overflow goes over to the sketch.
func (d *distinct) overflow() {
	d.registers = make([]uint8, 1<<indexBits)
	d.each(d.sketch)
	d.set, d.used, d.zero = nil, 0, false
}

func (d *distinct) each(do func(uint64)) {
	if d.zero {
		do(0)
	}
	for _, h := range d.set {
		if h != 0 {
			do(h)
		}
	}
}

func (d *distinct) sketch(h uint64) {
	rank := uint8(bits.LeadingZeros64(h<<indexBits|1<<(indexBits-1)) + 1)
	if r := &d.registers[h>>(64-indexBits)]; *r < rank {
		*r = rank
	}
}

func (d *distinct) merge(o *distinct) {
	d.settle()
	o.settle()
	if o.registers == nil {
		o.each(d.put)
		return
	}
	if d.registers == nil {
		d.overflow()
	}
	for i, r := range o.registers {
		d.registers[i] = max(d.registers[i], r)
	}
}

// count returns how many there are; approximate tells that it is an estimate.
func (d *distinct) count() (n int64, approximate bool) {
	d.settle()
	if d.registers != nil {
		return max(distinctMost+1, int64(math.Round(d.estimate()))), true
	}
	if d.zero {
		return int64(d.used) + 1, false
	}
	return int64(d.used), false
}

// estimate is the improved estimator of Ertl, New cardinality estimation algorithms for HyperLogLog sketches, 2017, algorithm 6.
func (d *distinct) estimate() float64 {
	const m = 1 << indexBits
	var ranks [rankMost + 1]float64
	for _, r := range d.registers {
		ranks[r]++
	}
	z := m * tau(1-ranks[rankMost]/m)
	for k := rankMost - 1; k >= 1; k-- {
		z = 0.5 * (z + ranks[k])
	}
	z += m * sigma(ranks[0]/m)
	return m * m / (2 * math.Ln2 * z)
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z, last := 1.0, 1-x, -1.0
	for z != last {
		x, y, last = math.Sqrt(x), y/2, z
		z -= (1 - x) * (1 - x) * y
	}
	return z / 3
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z, last := 1.0, x, -1.0
	for z != last {
		x, last = x*x, z
		z += x * y
		y += y
	}
	return z
}
