// Package offheap makes memory that the garbage collector neither counts nor keeps. What a stream holds for long, and in bulk, would
// otherwise double: the collector lets the heap grow to twice of what is live before it looks.
package offheap

// least is how many bytes are worth a call of the system; less comes from the heap.
const least = 256 << 10

// Region is a piece of memory, all zero at first. It holds no pointers to memory of Go. The zero value is empty.
type Region struct {
	bytes  []byte
	mapped bool
}

// New makes a region of n bytes.
func New(n int) Region {
	if n >= least {
		if b := mapped(n); b != nil {
			return Region{b, true}
		}
	}
	return Region{bytes: make([]byte, n)}
}

// Bytes is the memory, until the region is freed: then nobody may look at it any more.
func (r *Region) Bytes() []byte { return r.bytes }

// Free gives the memory back. It may be called again.
func (r *Region) Free() {
	if r.mapped {
		unmap(r.bytes)
	}
	*r = Region{}
}
