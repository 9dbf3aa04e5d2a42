// Package scratch keeps bytes that are read again later: in memory up to a budget, then in a file without a name.
package scratch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/offheap"
)

// Settings of this package.
const (
	DirSetting = "HARMONIZERD_SCRATCH_DIR"
	MaxSetting = "HARMONIZERD_MAX_SCRATCH_BYTES"
)

// DefaultMemory is the budget that holds where a caller gives none, in bytes.
const DefaultMemory = 64 << 20

const (
	firstBlock = 64 << 10
	lastBlock  = 4 << 20
	pageBytes  = 256 << 10 // written to the file at once
)

// Options say where the bytes go.
type Options struct {
	Memory int64  // bytes that stay in memory; 0: DefaultMemory, negative: none
	Dir    string // directory of the file; empty: the system's
	Max    int64  // bytes in all; 0: as many as the disk holds
}

// Store is a sequence of bytes that grows at its end. One goroutine may append while any number of others read.
type Store struct {
	memory, max int64
	dir         string

	mu     sync.RWMutex
	size   int64
	blocks []block // of what is in memory, in order
	held   int64   // bytes that are, or can still be put, in blocks
	file   *os.File
	filed  int64  // bytes in the file; they follow those in memory
	page   []byte // what follows them and is to be written next
	closed bool
}

// block is a piece of memory that never moves.
type block struct {
	from   int64
	data   []byte
	region offheap.Region
}

// New returns an empty Store. Nothing is opened before the budget is used up.
func New(o Options) *Store {
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	return &Store{memory: max(0, o.Memory), max: o.Max, dir: o.Dir}
}

// Size is the number of bytes in the Store.
func (s *Store) Size() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.size
}

// Write appends p, of which it keeps nothing. It fails with fault.Exhausted SCRATCH_FULL when the disk or the bound is full, with
// fault.Unavailable SCRATCH_FAILED when the directory does not serve, and with os.ErrClosed.
func (s *Store) Write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, os.ErrClosed
	}
	if s.max > 0 && s.size+int64(len(p)) > s.max {
		return 0, fault.New(fault.Exhausted, "SCRATCH_FULL", "the input needs more than %d bytes of scratch space", s.max).Over(MaxSetting)
	}
	for len(p) > 0 {
		k := s.keep(p)
		if k == 0 {
			if k, err = s.spill(p); err != nil {
				return n, err
			}
		}
		n, p, s.size = n+k, p[k:], s.size+int64(k)
	}
	return n, nil
}

// keep puts the beginning of p in memory, as far as a block and the budget go.
func (s *Store) keep(p []byte) int {
	last := len(s.blocks) - 1
	if last < 0 || len(s.blocks[last].data) == cap(s.blocks[last].data) {
		room := min(int64(firstBlock)<<min(len(s.blocks), 6), lastBlock, s.memory-s.held)
		if room <= 0 || s.file != nil {
			return 0
		}
		region := offheap.New(int(room))
		s.blocks = append(s.blocks, block{s.held, region.Bytes()[:0:room], region})
		s.held += room
		last++
	}
	b := &s.blocks[last]
	k := min(len(p), cap(b.data)-len(b.data))
	b.data = append(b.data, p[:k]...)
	return k
}

// spill puts the beginning of p in the page that is written next, and writes the page before when it is full. What is larger than a
// page goes to the file as it is.
func (s *Store) spill(p []byte) (int, error) {
	if err := s.open(); err != nil {
		return 0, err
	}
	if len(s.page) == cap(s.page) || len(p) >= cap(s.page) {
		if err := s.writePage(); err != nil {
			return 0, err
		}
	}
	if len(p) >= cap(s.page) {
		return s.writeFile(p)
	}
	k := min(len(p), cap(s.page)-len(s.page))
	s.page = append(s.page, p[:k]...)
	return k, nil
}

func (s *Store) writePage() error {
	_, err := s.writeFile(s.page)
	if err == nil {
		s.page = s.page[:0]
	}
	return err
}

func (s *Store) writeFile(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if _, err := s.file.WriteAt(p, s.filed); err != nil {
		return 0, refused(err)
	}
	s.filed += int64(len(p))
	return len(p), nil
}

// open makes the file, which has no name, so that nothing is left of it whatever happens to the process.
func (s *Store) open() error {
	if s.file != nil {
		return nil
	}
	f, err := nameless(s.dir)
	if err != nil {
		return refused(err)
	}
	s.file, s.page = f, make([]byte, 0, pageBytes)
	return nil
}

// unnamed makes a file and takes its name away.
func unnamed(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "harmonizer-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// refused says why the file does not take bytes, without its path.
func refused(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return os.ErrClosed
	}
	var number syscall.Errno
	if !errors.As(err, &number) {
		return fault.New(fault.Unavailable, "SCRATCH_FAILED", "the scratch directory cannot be used").Over(DirSetting)
	}
	switch number {
	case syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG:
		return fault.New(fault.Exhausted, "SCRATCH_FULL", "the disk of the scratch directory is full: %w", number).Over(DirSetting)
	}
	return fault.New(fault.Unavailable, "SCRATCH_FAILED", "the scratch directory cannot be used: %w", number).Over(DirSetting)
}

// Slice returns the n bytes at off: a piece of the Store's own memory where they lie together there, else a copy in buf, which is
// replaced when it is too small. They are not to be changed, have no spare capacity when they are the Store's, and end with it. It
// fails with io.ErrUnexpectedEOF when there are fewer, and with os.ErrClosed.
func (s *Store) Slice(off int64, n int, buf []byte) ([]byte, error) {
	if view, err := s.view(off, n); view != nil || err != nil {
		return view, err
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	if _, err := s.ReadAt(buf, off); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return buf, nil
}

// view returns the bytes as they lie in memory, nil when they do not lie together there.
func (s *Store) view(off int64, n int) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, os.ErrClosed
	}
	if off < 0 || n < 0 || off+int64(n) > s.size {
		return nil, io.ErrUnexpectedEOF
	}
	if i := s.blockOf(off); i >= 0 {
		b := s.blocks[i]
		if from := int(off - b.from); from+n <= len(b.data) {
			return b.data[from : from+n : from+n], nil
		}
	}
	return nil, nil
}

// blockOf returns the index of the block that holds a byte, -1 when none does.
func (s *Store) blockOf(off int64) int {
	for i := len(s.blocks) - 1; i >= 0; i-- {
		if b := s.blocks[i]; off >= b.from {
			if off < b.from+int64(len(b.data)) {
				return i
			}
			return -1
		}
	}
	return -1
}

// ReadAt copies the bytes at off, as io.ReaderAt has it.
func (s *Store) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		k, err := s.readSome(p[n:], off+int64(n))
		if n += k; err != nil {
			return n, err
		}
	}
	return n, nil
}

// readSome copies from one place: a block, the page, or the file. What is in the file does not change any more, so it is read
// without keeping the writer out.
func (s *Store) readSome(p []byte, off int64) (int, error) {
	s.mu.RLock()
	file, from, filed := s.file, off-s.held, s.filed
	switch i := s.blockOf(off); {
	case s.closed:
		s.mu.RUnlock()
		return 0, os.ErrClosed
	case off < 0 || off >= s.size:
		s.mu.RUnlock()
		return 0, io.EOF
	case i >= 0:
		defer s.mu.RUnlock()
		return copy(p, s.blocks[i].data[off-s.blocks[i].from:]), nil
	case from >= filed:
		defer s.mu.RUnlock()
		return copy(p, s.page[from-filed:]), nil
	}
	s.mu.RUnlock()
	n, err := file.ReadAt(p[:min(int64(len(p)), filed-from)], from)
	if err != nil {
		return n, fmt.Errorf("read scratch: %w", refused(err))
	}
	return n, nil
}

// WriteTo writes all that is in the Store to w, in order.
func (s *Store) WriteTo(w io.Writer) (n int64, err error) {
	size := s.Size()
	buf := make([]byte, 0, min(size, pageBytes))
	for n < size {
		piece, err := s.Slice(n, int(min(size-n, pageBytes)), buf)
		if err != nil {
			return n, err
		}
		k, err := w.Write(piece)
		if n += int64(k); err != nil {
			return n, err
		}
	}
	return n, nil
}

// Close frees memory and file, and with them what Slice gave out: nobody may look at that any more. It may be called again.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	for i := range s.blocks {
		s.blocks[i].region.Free()
	}
	s.closed, s.blocks, s.page = true, nil, nil
	if s.file == nil {
		return nil
	}
	if err := s.file.Close(); err != nil {
		return refused(err)
	}
	return nil
}
