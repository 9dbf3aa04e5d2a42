package pipeline

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"

// artifact is a file on its way to the sink.
type artifact struct {
	kind   Kind
	name   string
	digest digest
	size   int64
	sink   Sink
	// wanted is false for an artifact that nobody asked for: nothing is written.
	wanted bool
	// held is what waits to become a piece: a reader pays for every piece, however small.
	held []byte
}

func newArtifact(kind Kind, name string, sink Sink, wanted bool) *artifact {
	return &artifact{kind: kind, name: name, sink: sink, wanted: wanted}
}

const artifactPiece = 512 << 10

// write takes the next bytes and sends whole pieces.
func (a *artifact) write(data []byte) error {
	if !a.wanted {
		return nil
	}
	for len(data) > 0 {
		if err := a.makeRoom(len(data)); err != nil {
			return err
		}
		n := min(len(data), cap(a.held)-len(a.held))
		a.held, data = append(a.held, data[:n]...), data[n:]
	}
	return nil
}

// writeFrom takes the next bytes from a store.
func (a *artifact) writeFrom(s *scratch.Store, off int64, size int) error {
	if !a.wanted {
		return nil
	}
	for size > 0 {
		if err := a.makeRoom(size); err != nil {
			return err
		}
		from := len(a.held)
		n := min(size, cap(a.held)-from)
		a.held = a.held[:from+n]
		if _, err := s.ReadAt(a.held[from:], off); err != nil {
			return err
		}
		off, size = off+int64(n), size-n
	}
	return nil
}

// makeRoom sends the piece that is held when it is full. A short artifact takes no more than twice its bytes.
func (a *artifact) makeRoom(more int) error {
	if len(a.held) == artifactPiece {
		next, err := a.send()
		if a.held = next; err != nil {
			return err
		}
	}
	if need := len(a.held) + more; need > cap(a.held) && cap(a.held) < artifactPiece {
		if a.size > 0 {
			need = artifactPiece
		}
		a.held = append(make([]byte, 0, min(artifactPiece, 2*need)), a.held...)
	}
	return nil
}

// send sends what is held, while it is hashed, and returns memory for more.
func (a *artifact) send() (next []byte, err error) {
	a.size += int64(len(a.held))
	next = a.digest.add(a.held)
	return next, a.sink.Artifact(a.kind, a.name, a.held)
}

// end sends what is left; of an empty artifact it sends no bytes, so that it is there.
func (a *artifact) end() error {
	if !a.wanted || len(a.held) == 0 && a.size > 0 {
		return nil
	}
	_, err := a.send()
	a.held = nil
	return err
}

// sum is the SHA-256 of an artifact that has ended.
func (a *artifact) sum() string { return a.digest.sum() }

// close ends what the artifact has under way.
func (a *artifact) close() { a.digest.close() }
