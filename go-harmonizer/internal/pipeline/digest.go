package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// digest is the SHA-256 of the pieces of an artifact. From the second piece on they are hashed on a goroutine of its own, in order,
// while they are on their way to whoever reads them and the next is filled: so the end of a run does not wait for it.
type digest struct {
	hash   hash.Hash
	pieces chan []byte   // to be hashed; nil: hashed at once
	hashed chan []byte   // their memory
	done   chan struct{} // the goroutine has ended
}

const digestPieces = 3 // of memory: one is filled, one is hashed, one waits

// add hashes a piece, which nobody may change any more, and returns memory for the next; nil: there is none yet.
func (d *digest) add(piece []byte) (next []byte) {
	if d.hash == nil { // It may well be the only one.
		d.hash = sha256.New()
		d.hash.Write(piece)
		return nil
	}
	if d.pieces == nil {
		d.begin(cap(piece))
	}
	d.pieces <- piece
	return (<-d.hashed)[:0]
}

func (d *digest) begin(size int) {
	d.pieces, d.hashed, d.done = make(chan []byte, digestPieces), make(chan []byte, digestPieces), make(chan struct{})
	for range digestPieces - 1 {
		d.hashed <- make([]byte, 0, size)
	}
	go func() {
		defer close(d.done)
		for piece := range d.pieces {
			d.hash.Write(piece)
			d.hashed <- piece
		}
	}()
}

// sum is the digest of all pieces, in hexadecimal digits.
func (d *digest) sum() string {
	d.close()
	if d.hash == nil {
		d.hash = sha256.New()
	}
	return hex.EncodeToString(d.hash.Sum(nil))
}

// close waits for what is under way. No piece comes any more. It may be called again.
func (d *digest) close() {
	if d.pieces != nil {
		close(d.pieces)
		<-d.done
		d.pieces = nil
	}
}
