// Package compress takes gzip and zstd off a stream, within bounds.
package compress

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

// Settings that raise the bounds of this package.
const (
	MaxBytesSetting  = "HARMONIZERD_MAX_DECOMPRESSED_BYTES"
	MaxRatioSetting  = "HARMONIZERD_MAX_RATIO"
	MaxWindowSetting = "HARMONIZERD_MAX_ZSTD_WINDOW_BYTES"
)

// Bounds that hold where a caller gives none.
const (
	DefaultMaxBytes  = 64 << 30
	DefaultMaxRatio  = 200
	DefaultMaxWindow = 32 << 20
)

// ratioFrom is the output in bytes from which on the ratio is looked at: less does no harm, and short files repeat themselves.
const ratioFrom = 16 << 20

// Limits bound what a stream may become. Zero: the default.
type Limits struct {
	MaxBytes  int64 // bytes that come out, of plain streams too
	MaxRatio  int64 // bytes that come out for each that goes in, looked at after 16 MiB
	MaxWindow int64 // bytes of memory that a zstd frame may ask for
}

func (l Limits) orDefault() Limits {
	for limit, other := range map[*int64]int64{&l.MaxBytes: DefaultMaxBytes, &l.MaxRatio: DefaultMaxRatio, &l.MaxWindow: DefaultMaxWindow} {
		if *limit <= 0 {
			*limit = other
		}
	}
	return l
}

// Reader is a stream without its compression. One goroutine may read it.
type Reader struct {
	codec  string
	from   *source
	buffer *bufio.Reader
	text   io.Reader
	close  func()
	limits Limits
	out    int64
}

// source counts what comes in, and keeps an error that is not ours to classify.
type source struct {
	io.Reader
	n   int64
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// NewReader looks at the first bytes of r, which it waits for, and takes off the compression they announce; a stream that announces
// none is passed on. It fails as Read does. The caller closes it; r is the caller's to close.
func NewReader(r io.Reader, limits Limits) (*Reader, error) {
	from := &source{Reader: r}
	c := &Reader{from: from, buffer: bufio.NewReaderSize(from, 64<<10), limits: limits.orDefault(), close: func() {}}
	head, _ := c.buffer.Peek(4) // too few bytes are no announcement; an error comes again when they are read
	if c.codec = codecOf(head); c.codec == "" {
		c.text = c.buffer
		return c, nil
	}
	if err := c.open(); err != nil {
		return nil, c.classify(err)
	}
	return c, nil
}

// codecOf returns the codec that the first four bytes announce. A zstd file may begin with a frame to skip.
func codecOf(head []byte) string {
	switch {
	case len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b:
		return "gzip"
	case len(head) < 4 || head[3] != 0xfd && head[3] != 0x18:
		return ""
	case head[0] == 0x28 && head[1] == 0xb5 && head[2] == 0x2f, head[0]&0xf0 == 0x50 && head[1] == 0x2a && head[2] == 0x4d:
		return "zstd"
	}
	return ""
}

func (c *Reader) open() error {
	if c.codec == "gzip" {
		z, err := gzip.NewReader(c.buffer)
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		c.text = z
		return err
	}
	// One decoder, without goroutines of its own.
	z, err := zstd.NewReader(c.buffer, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(uint64(c.limits.MaxWindow)), zstd.WithDecoderMaxMemory(uint64(max(c.limits.MaxBytes, c.limits.MaxWindow))))
	if err != nil {
		return err
	}
	c.text, c.close = z, z.Close
	return nil
}

// Codec is "gzip", "zstd" or empty.
func (c *Reader) Codec() string { return c.codec }

// In is the number of bytes that were taken from the stream so far.
func (c *Reader) In() int64 { return c.from.n - int64(c.buffer.Buffered()) }

// Close frees the decoder.
func (c *Reader) Close() { c.close() }

// Read returns the next decompressed bytes. It fails with fault.Invalid TRUNCATED_INPUT or CORRUPT_INPUT, with fault.Exhausted
// DECOMPRESSED_TOO_LARGE, RATIO_TOO_HIGH or WINDOW_TOO_LARGE, and with the error of the stream itself as it came.
func (c *Reader) Read(p []byte) (int, error) {
	n, err := c.text.Read(p)
	c.out += int64(n)
	switch {
	case c.out > c.limits.MaxBytes:
		return 0, c.tooLarge()
	case c.codec != "" && c.out > ratioFrom && c.out/max(1, c.In()) >= c.limits.MaxRatio:
		return 0, fault.New(fault.Exhausted, "RATIO_TOO_HIGH", "the %s stream expands more than %d-fold: send it decompressed if it is what it seems",
			c.codec, c.limits.MaxRatio).At(0, c.out).Over(MaxRatioSetting)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = c.classify(err)
	}
	return n, err
}

func (c *Reader) tooLarge() error {
	return fault.New(fault.Exhausted, "DECOMPRESSED_TOO_LARGE", "the input is larger than %d bytes, decompressed", c.limits.MaxBytes).
		At(0, c.limits.MaxBytes).Over(MaxBytesSetting)
}

// classify says what is wrong with the stream. The text of the decoder's error is left out: it tells a user nothing.
func (c *Reader) classify(err error) error {
	switch {
	case c.from.err != nil:
		return c.from.err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Invalid, "TRUNCATED_INPUT", "the %s stream ends in the middle, after %d compressed bytes: send the whole file",
			c.codec, c.In()).At(0, c.out)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return fault.New(fault.Exhausted, "WINDOW_TOO_LARGE", "the zstd stream asks for more than %d bytes of memory: compress it without --long",
			c.limits.MaxWindow).At(0, c.out).Over(MaxWindowSetting)
	case errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return c.tooLarge()
	}
	return fault.New(fault.Invalid, "CORRUPT_INPUT", "the %s stream is damaged near compressed byte %d: compress the file again",
		c.codec, c.In()).At(0, c.out)
}
