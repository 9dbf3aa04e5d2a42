package deid

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"hash"
	"math/big"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

// KeyLeast is the length of the shortest key, in bytes.
const KeyLeast = 16

// Key is the secret of the pseudonyms. Who has it can find out whose pseudonym one is by trying; it is never written anywhere.
type Key struct{ secret []byte }

// NewKey takes a copy of a secret of at least KeyLeast bytes. Jobs with the same key give the same value the same pseudonym.
func NewKey(secret []byte) (Key, error) {
	if len(secret) < KeyLeast {
		return Key{}, fault.New(fault.Invalid, "DEIDENTIFY_KEY", "the key for pseudonyms has fewer than %d bytes", KeyLeast)
	}
	return Key{slices.Clone(secret)}, nil
}

// RandomKey returns a key that nobody knows: the pseudonyms of one job match each other and nothing else.
func RandomKey() Key {
	secret := make([]byte, 2*KeyLeast)
	_, _ = rand.Read(secret) // It never fails (package crypto/rand).
	return Key{secret}
}

// String keeps the secret out of logs.
func (Key) String() string { return "[key]" }

// GoString keeps the secret out of logs.
func (k Key) GoString() string { return k.String() }

// PseudonymLength is the length of a pseudonym: 128 bits in base 32.
const PseudonymLength = 26

// alphabet is that of RFC 4648 in lower case.
var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// pseudonyms makes pseudonyms for one worker: the first 128 bits of HMAC-SHA-256 of the class, a zero byte and the value.
type pseudonyms struct {
	mac    hash.Hash
	sum    [sha256.Size]byte
	number big.Int
}

func newPseudonyms(k Key) *pseudonyms {
	if len(k.secret) < KeyLeast {
		panic("deid: a key that NewKey did not make") // A bug that every job would meet.
	}
	return &pseudonyms{mac: hmac.New(sha256.New, k.secret)}
}

func (p *pseudonyms) bits(class string, value []byte) []byte {
	p.mac.Reset()
	p.mac.Write(append(append(p.sum[:0], class...), 0)) // Classes are short words.
	p.mac.Write(value)
	return p.mac.Sum(p.sum[:0])[:16]
}

// id appends 26 lower-case letters and digits.
func (p *pseudonyms) id(to []byte, class string, value []byte) []byte {
	return alphabet.AppendEncode(to, p.bits(class, value))
}

// uid appends 2.25. and a decimal number of 128 bits, the form of a UID that is a UUID (ISO/IEC 9834-8).
func (p *pseudonyms) uid(to, value []byte) []byte {
	return p.number.SetBytes(p.bits("uid", value)).Append(append(to, "2.25."...), 10)
}
