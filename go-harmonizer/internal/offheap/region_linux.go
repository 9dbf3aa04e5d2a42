package offheap

import "golang.org/x/sys/unix"

const hugePage = 2 << 20 // from which on large pages may serve, which spare most faults and misses

// mapped asks the system for memory; nil: it has none to give.
func mapped(n int) []byte {
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	if n >= hugePage {
		_ = unix.Madvise(b, unix.MADV_HUGEPAGE) // A kernel that cannot does without.
	}
	return b
}

func unmap(b []byte) { _ = unix.Munmap(b) } // It fails for what is not mapped alone.
