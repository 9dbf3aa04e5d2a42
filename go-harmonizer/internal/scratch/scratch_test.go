package scratch

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noise is n bytes that differ from place to place.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(5, 6))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

func fill(t testing.TB, s *Store, p []byte, piece int) {
	t.Helper()
	for i := 0; i < len(p); i += piece {
		end := min(len(p), i+piece)
		if n, err := s.Write(p[i:end]); n != end-i || err != nil {
			t.Fatal(n, err)
		}
	}
}

func TestWhatWentInComesOut(t *testing.T) {
	text := noise(3 << 20)
	for name, memory := range map[string]int64{"memory": 64 << 20, "both": 1 << 20, "odd": 100_001, "file": -1} {
		t.Run(name, func(t *testing.T) {
			s := New(Options{Memory: memory, Dir: t.TempDir()})
			defer s.Close()
			fill(t, s, text[:1<<20], 70_001)
			fill(t, s, text[1<<20:], pageBytes+70_001) // more than is written at once
			r := rand.New(rand.NewPCG(7, 8))
			var buf []byte
			for range 300 {
				off := r.IntN(len(text))
				n := r.IntN(min(300_000, len(text)-off) + 1)
				got, err := s.Slice(int64(off), n, buf)
				if err != nil || !bytes.Equal(got, text[off:off+n]) {
					t.Fatalf("%d bytes at %d: %v", n, off, err)
				}
			}
			var all bytes.Buffer
			if n, err := s.WriteTo(&all); n != int64(len(text)) || err != nil || !bytes.Equal(all.Bytes(), text) {
				t.Fatal(n, err)
			}
			if got, err := io.ReadAll(io.NewSectionReader(s, 5, int64(len(text)-9))); err != nil || !bytes.Equal(got, text[5:len(text)-4]) {
				t.Fatal(err)
			}
			if _, err := s.Slice(int64(len(text))-1, 2, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("read past the end: %v", err)
			}
		})
	}
}

func TestSlicesOfMemoryAreNotCopied(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	fill(t, s, noise(firstBlock), 1000)
	a, _ := s.Slice(10, 20, nil)
	b, _ := s.Slice(10, 20, nil)
	if &a[0] != &b[0] || cap(a) != 20 {
		t.Fatal("a slice of memory was copied, or can be appended to")
	}
}

func TestReadersBesideAWriter(t *testing.T) {
	text := noise(2 << 20)
	s := New(Options{Memory: 300_000, Dir: t.TempDir()})
	defer s.Close()
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for seen := int64(0); seen < int64(len(text)); {
				size := s.Size()
				got, err := s.Slice(seen, int(size-seen), nil)
				if err != nil || !bytes.Equal(got, text[seen:size]) {
					t.Errorf("bytes %d to %d: %v", seen, size, err)
					return
				}
				seen = size
			}
		})
	}
	fill(t, s, text, 4097)
	readers.Wait()
}

func TestNothingIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	s := New(Options{Memory: -1, Dir: dir})
	fill(t, s, noise(1<<20), 9999)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Fatalf("the scratch file has a name: %v %v", left, err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	_, err := s.Write([]byte("x"))
	_, err2 := s.Slice(0, 1, nil)
	_, err3 := s.ReadAt(make([]byte, 1), 0)
	if !errors.Is(err, os.ErrClosed) || !errors.Is(err2, os.ErrClosed) || !errors.Is(err3, os.ErrClosed) {
		t.Fatal(err, err2, err3)
	}
}

func TestFull(t *testing.T) {
	s := New(Options{Max: 10})
	defer s.Close()
	_, err := s.Write(make([]byte, 11))
	refusal(t, err, fault.Exhausted, "SCRATCH_FULL", MaxSetting)

	missing := New(Options{Memory: -1, Dir: t.TempDir() + "/missing"})
	defer missing.Close()
	_, err = missing.Write([]byte("x"))
	refusal(t, err, fault.Unavailable, "SCRATCH_FAILED", DirSetting)
	if strings.Contains(err.Error(), "missing") {
		t.Fatalf("%q names the path", err)
	}
}

// The device that is always full stands in for a full disk.
func TestDiskFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	s := New(Options{Memory: -1})
	s.file, s.page = full, make([]byte, 0, pageBytes)
	defer s.Close()
	_, err = s.Write(noise(2 * pageBytes))
	refusal(t, err, fault.Exhausted, "SCRATCH_FULL", DirSetting)
}

func refusal(t *testing.T, err error, kind fault.Kind, reason, setting string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Reason != reason || f.Bound != setting {
		t.Fatalf("%+v, want %s over %s", err, reason, setting)
	}
}
