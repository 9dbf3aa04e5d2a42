// Package fault sorts errors by what a caller can do about them.
//
// A bad value in a file is data, never a fault. A fault ends its stream, and says what, where and what to do without a value of
// the input.
package fault

import (
	"errors"
	"fmt"
)

// Kind is what a caller can do about an error.
type Kind uint8

// The kinds of error.
const (
	// Internal is a defect of ours; the zero kind, so that an error nobody classified counts as one.
	Internal Kind = iota
	// Invalid is input or a parameter that has to be mended before it is sent again.
	Invalid
	// NotFound is a name that does not exist.
	NotFound
	// Exhausted is a bound that was exceeded; the message names it and its setting.
	Exhausted
	// Unimplemented is a part of the contract that a later release brings.
	Unimplemented
	// Unavailable passes by itself; the same call may go through later.
	Unavailable
)

// Error is a classified error with a place in the input.
type Error struct {
	// Kind is what the caller can do.
	Kind Kind
	// Reason is a stable word for programs, such as "UNCLOSED_QUOTE".
	Reason string
	// Line is the 1-based line of the input, 0 when there is none.
	Line int64
	// Byte is the 0-based offset in the decompressed input, -1 when there is none.
	Byte int64
	// File is the ordinal of the file in a job of several, from 1; 0: not said.
	File int
	// Bound is the setting that would have to be raised, empty when there is none.
	Bound string

	err error
}

// New makes an Error without a place. The format may hold %w.
func New(kind Kind, reason, format string, args ...any) *Error {
	return &Error{Kind: kind, Reason: reason, Byte: -1, err: fmt.Errorf(format, args...)}
}

// At gives the error its place: a 1-based line and a 0-based byte.
func (e *Error) At(line, byteOffset int64) *Error {
	e.Line, e.Byte = line, byteOffset
	return e
}

// In names the file of a job of several by its ordinal, from 1.
func (e *Error) In(file int) *Error {
	e.File = file
	return e
}

// Over names the setting of the bound that was exceeded.
func (e *Error) Over(setting string) *Error {
	e.Bound = setting
	return e
}

// Error says what, and where when it is known.
func (e *Error) Error() string {
	place := ""
	if e.File > 0 {
		place = fmt.Sprintf("file %d of the job: ", e.File)
	}
	if e.Line > 0 {
		place += fmt.Sprintf("line %d (byte %d): ", e.Line, e.Byte)
	}
	return place + e.err.Error()
}

// Unwrap returns what the error was made of.
func (e *Error) Unwrap() error { return e.err }

// KindOf returns the kind of the first Error in the chain, else Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
