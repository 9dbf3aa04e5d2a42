package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// keeper keeps what an artifact sends, and how much at once.
type keeper struct {
	nowhere
	bytes.Buffer
	pieces []int
}

func (k *keeper) Artifact(_ Kind, _ string, data []byte) error {
	k.pieces = append(k.pieces, len(data))
	_, err := k.Write(data)
	return err
}

// noise is what is written, in a store too.
func noise(t *testing.T, n int) ([]byte, *scratch.Store) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, n)
	for i := range text {
		text[i] = byte(random.Uint32())
	}
	store := scratch.New(scratch.Options{Memory: 100_000, Dir: t.TempDir()})
	t.Cleanup(func() { _ = store.Close() })
	if _, err := store.Write(text); err != nil {
		t.Fatal(err)
	}
	return text, store
}

func TestAnArtifactIsWhatWasWrittenHoweverItCame(t *testing.T) {
	text, store := noise(t, 5*artifactPiece+99)
	for _, size := range []int{0, 1, 1000, artifactPiece, artifactPiece + 1, 2*artifactPiece - 1, len(text)} {
		sink := &keeper{}
		a := newArtifact(CleanArtifact, "clean.csv", sink, true)
		random := rand.New(rand.NewPCG(3, uint64(size)))
		for off := 0; off < size; {
			n := min(size-off, random.IntN(2*artifactPiece/3)+1)
			err := a.write(text[off : off+n/2])
			if err == nil {
				err = a.writeFrom(store, int64(off+n/2), n-n/2)
			}
			if err != nil {
				t.Fatal(err)
			}
			off += n
		}
		if err := a.end(); err != nil {
			t.Fatal(err)
		}
		want := sha256.Sum256(text[:size])
		if !bytes.Equal(sink.Bytes(), text[:size]) || a.size != int64(size) || a.sum() != hex.EncodeToString(want[:]) {
			t.Errorf("%d bytes: other bytes, size or digest", size)
		}
		if n := len(sink.pieces); n != max(1, (size+artifactPiece-1)/artifactPiece) || slices.Max(sink.pieces) > artifactPiece {
			t.Errorf("%d bytes came in %d pieces", size, n)
		}
		a.close()
	}
}

// Lines of three segments, two of them about one record, and late ones before, between, beside and after them.
func TestLateLinesStandWhereTheirRecordsDo(t *testing.T) {
	_, text := noise(t, 0)
	_, marks := noise(t, 0)
	l := ledger{text: text, marks: marks}
	for _, numbers := range [][]int64{{3, 5, 5}, nil, {7, 9}, {12}} {
		lines := &encode.Lines{}
		for i, number := range numbers {
			lines.Text = fmt.Appendf(lines.Text, "%d.%d ", number, i)
			lines.Add(number)
		}
		if err := l.append(lines); err != nil {
			t.Fatal(err)
		}
	}
	for _, number := range []int64{14, 8, 5, 1, 9, 11} {
		l.add(number, fmt.Appendf(nil, "%d! ", number))
	}
	const want = "1! 3.0 5.1 5.2 5! 7.0 8! 9.1 9! 11! 12.0 14! "
	sink := &keeper{}
	a := newArtifact(IssuesArtifact, "issues.ndjson", sink, true)
	if err := l.writeTo(a); err != nil || a.end() != nil || sink.String() != want {
		t.Errorf("got %q, want %q (%v)", sink.String(), want, err)
	}
	var each []byte
	if err := l.each(func(line []byte) error { each = append(each, line...); return nil }); err != nil || string(each) != want {
		t.Errorf("line by line: got %q (%v)", each, err)
	}
}
