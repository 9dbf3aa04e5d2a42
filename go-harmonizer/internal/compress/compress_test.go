package compress

import (
	"bytes"
	stdgzip "compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func gzipped(t testing.TB, text []byte) []byte {
	var b bytes.Buffer
	w := stdgzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstded(t testing.TB, text []byte, options ...zstd.EOption) []byte {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, append(options, zstd.WithEncoderConcurrency(1))...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// prose is n bytes that compress, but not much.
func prose(n int) []byte {
	r := rand.New(rand.NewPCG(1, 1))
	p := make([]byte, n)
	for i := range p {
		p[i] = "0123456789,\n"[r.IntN(12)]
	}
	return p
}

func read(from io.Reader, limits Limits) (text []byte, codec string, err error) {
	r, err := NewReader(from, limits)
	if err != nil {
		return nil, "", err
	}
	defer r.Close()
	text, err = io.ReadAll(r)
	return text, r.Codec(), err
}

func TestTakesCompressionOff(t *testing.T) {
	text := prose(300_000)
	two := append(gzipped(t, text[:1000]), gzipped(t, text[1000:])...)
	frames := append([]byte{0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'h', 'i'}, zstded(t, text)...)
	for name, c := range map[string]struct {
		from  []byte
		codec string
	}{
		"plain": {text, ""}, "gzip": {gzipped(t, text), "gzip"}, "two gzip members": {two, "gzip"},
		"zstd": {zstded(t, text), "zstd"}, "zstd after a frame to skip": {frames, "zstd"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, from := range []io.Reader{bytes.NewReader(c.from), iotest.OneByteReader(bytes.NewReader(c.from)), iotest.DataErrReader(bytes.NewReader(c.from))} {
				got, codec, err := read(from, Limits{})
				if err != nil || codec != c.codec || !bytes.Equal(got, text) {
					t.Fatal(len(got), codec, err)
				}
			}
		})
	}
	for _, short := range []string{"", "a", "\x1f", "(\xb5/"} {
		if got, _, err := read(bytes.NewReader([]byte(short)), Limits{}); err != nil || string(got) != short {
			t.Fatalf("%q became %q: %v", short, got, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	text := prose(300_000)
	z, s := gzipped(t, text), zstded(t, text)
	damaged := bytes.Clone(z)
	damaged[len(damaged)/2] ^= 0xff
	wrongSum := bytes.Clone(z)
	wrongSum[len(wrongSum)-6] ^= 1
	damagedZstd := bytes.Clone(s)
	damagedZstd[len(s)/2] ^= 0xff
	bomb := make([]byte, 18<<20)
	wide := zstded(t, prose(3<<20), zstd.WithWindowSize(2<<20))
	for name, c := range map[string]struct {
		from    []byte
		limits  Limits
		kind    fault.Kind
		reason  string
		setting string
	}{
		"truncated gzip":          {z[:len(z)/2], Limits{}, fault.Invalid, "TRUNCATED_INPUT", ""},
		"gzip without its end":    {z[:len(z)-3], Limits{}, fault.Invalid, "TRUNCATED_INPUT", ""},
		"gzip of two bytes":       {z[:2], Limits{}, fault.Invalid, "TRUNCATED_INPUT", ""},
		"gzip of half a header":   {z[:7], Limits{}, fault.Invalid, "TRUNCATED_INPUT", ""},
		"second member truncated": {append(bytes.Clone(z), z[:20]...), Limits{}, fault.Invalid, "TRUNCATED_INPUT", ""},
		"damaged gzip":            {damaged, Limits{}, fault.Invalid, "CORRUPT_INPUT", ""},
		"gzip with a wrong sum":   {wrongSum, Limits{}, fault.Invalid, "CORRUPT_INPUT", ""},
		"gzip and rubbish":        {append(bytes.Clone(z), "rubbish and more"...), Limits{}, fault.Invalid, "CORRUPT_INPUT", ""},
		"truncated zstd":          {s[:len(s)/2], Limits{}, fault.Invalid, "TRUNCATED_INPUT", ""},
		"zstd of four bytes":      {s[:4], Limits{}, fault.Invalid, "TRUNCATED_INPUT", ""},
		"damaged zstd":            {damagedZstd, Limits{}, fault.Invalid, "CORRUPT_INPUT", ""},
		"thousandfold gzip":       {gzipped(t, bomb), Limits{}, fault.Exhausted, "RATIO_TOO_HIGH", MaxRatioSetting},
		"thousandfold zstd":       {zstded(t, bomb), Limits{}, fault.Exhausted, "RATIO_TOO_HIGH", MaxRatioSetting},
		"too large":               {z, Limits{MaxBytes: 1000}, fault.Exhausted, "DECOMPRESSED_TOO_LARGE", MaxBytesSetting},
		"too large, zstd":         {s, Limits{MaxBytes: 1000}, fault.Exhausted, "DECOMPRESSED_TOO_LARGE", MaxBytesSetting},
		"too large, plain":        {text, Limits{MaxBytes: 1000}, fault.Exhausted, "DECOMPRESSED_TOO_LARGE", MaxBytesSetting},
		"zstd window":             {wide, Limits{MaxWindow: 1 << 20}, fault.Exhausted, "WINDOW_TOO_LARGE", MaxWindowSetting},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := read(bytes.NewReader(c.from), c.limits)
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != c.kind || f.Reason != c.reason || f.Bound != c.setting || f.Byte < 0 {
				t.Fatalf("%+v after %d bytes, want %s", err, len(got), c.reason)
			}
			if len(got) > ratioFrom+1<<20 {
				t.Fatalf("%d bytes came out first", len(got))
			}
		})
	}
}

// A short file may repeat itself as it likes.
func TestShortFilesMayCompressWell(t *testing.T) {
	text := make([]byte, 10<<20)
	if got, _, err := read(bytes.NewReader(gzipped(t, text)), Limits{}); err != nil || len(got) != len(text) {
		t.Fatal(len(got), err)
	}
}

// A client that goes away is not a damaged file.
func TestErrorsOfTheStreamStayAsTheyAre(t *testing.T) {
	gone := errors.New("gone")
	for name, text := range map[string][]byte{"plain": prose(5000), "gzip": gzipped(t, prose(5000)), "zstd": zstded(t, prose(5000))} {
		for n := range 40 {
			from := io.MultiReader(bytes.NewReader(text[:n*20]), iotest.ErrReader(gone))
			if _, _, err := read(from, Limits{}); !errors.Is(err, gone) {
				t.Fatalf("%s after %d bytes: %v", name, n*20, err)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(gzipped(f, prose(500)))
	f.Add(zstded(f, prose(500)))
	f.Fuzz(func(t *testing.T, from []byte) {
		text, _, err := read(bytes.NewReader(from), Limits{MaxBytes: 8 << 20, MaxWindow: 1 << 20})
		if int64(len(text)) > 8<<20 || err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatal(len(text), err)
		}
	})
}
