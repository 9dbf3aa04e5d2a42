package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/charset"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/compress"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/scratch"
)

// source is the file as it arrives: hashed as it was sent, decompressed, without BOM, in scratch.
type source struct {
	job         *Job
	limits      *Limits
	sent        *counted
	plain       *compress.Reader
	text        *charset.Reader
	compression string
	store       *scratch.Store
	size        int64 // bytes in scratch
	ended       bool
	buf         []byte
	dialect     csvfmt.Dialect
	decided     charset.Label // by a prefix of the file; empty: all that has been read decides
	notes       []csvfmt.Note
}

// segment is some whole records in scratch.
type segment struct {
	index   int
	off     int64
	size    int
	records int   // set by the survey
	blank   int   // blank lines, set by the survey
	head    int   // bytes of the first record, set by the survey; 0: it is no neighbour
	tail    int   // bytes from the last record on, set by the survey; 0: it is no neighbour
	first   int64 // number of the first record, set once all before are surveyed
}

// counted hashes and counts what passes.
type counted struct {
	r        io.Reader
	hash     hash.Hash
	progress *Progress
	n        int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.hash.Write(p[:n])
	c.n += int64(n)
	c.progress.Bytes.Store(c.n)
	return n, err
}

func (c *counted) sum() string { return hex.EncodeToString(c.hash.Sum(nil)) }

func openSource(job *Job, limits *Limits, input io.Reader, progress *Progress) (*source, error) {
	s := &source{job: job, limits: limits, buf: make([]byte, 256<<10)}
	s.sent = &counted{r: input, hash: sha256.New(), progress: progress}
	plain, err := compress.NewReader(s.sent, compress.Limits{MaxBytes: limits.MaxDecompressed, MaxRatio: limits.MaxRatio,
		MaxWindow: limits.MaxWindow})
	if err != nil {
		return nil, err
	}
	s.plain, s.compression = plain, plain.Codec()
	forced, err := charset.Parse(job.Encoding)
	if err != nil {
		return s, err
	}
	if s.text, err = charset.NewReader(plain, forced); err != nil {
		return s, err
	}
	s.store = scratch.New(limits.scratch())
	return s, nil
}

// close frees what openSource made, however far it came.
func (s *source) close() error {
	if s.plain != nil {
		s.plain.Close()
	}
	if s.store == nil {
		return nil
	}
	return s.store.Close()
}

// more moves the next bytes of the input to scratch.
func (s *source) more(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n, err := s.text.Read(s.buf)
	if n > 0 {
		if _, werr := s.store.Write(s.buf[:n]); werr != nil {
			return werr
		}
		s.size += int64(n)
	}
	if errors.Is(err, io.EOF) {
		s.ended = true
		return nil
	}
	return err
}

// sniff reads until the dialect is known.
func (s *source) sniff(ctx context.Context) error {
	for s.size < foreignHead && !s.ended {
		if err := s.more(ctx); err != nil {
			return err
		}
	}
	if err := s.refuseForeign(); err != nil {
		return err
	}
	for {
		head, err := s.store.Slice(0, int(min(s.size, csvfmt.MaxHead)), nil)
		if err != nil {
			return err
		}
		s.dialect, s.notes, err = csvfmt.Sniff(head, s.ended && s.size <= csvfmt.MaxHead, csvfmt.Options{
			Delimiter: s.job.Delimiter, SkipRows: s.job.SkipRows, Header: s.job.Header, MaxColumns: s.limits.MaxColumns, Maps: s.maps})
		if !errors.Is(err, csvfmt.ErrMore) {
			return err
		}
		for want := max(2*s.size, 64<<10); s.size < want && !s.ended; {
			if err := s.more(ctx); err != nil {
				return err
			}
		}
	}
}

// maps tells whether a cell of a row names a column of the entity, or of any where none is named (rule STD-CSV-2).
func (s *source) maps(row []string) bool {
	return entity.Recognizes(decodeAll(row, s.label()), entity.Options{Entity: s.job.Entity, ColumnMap: s.job.ColumnMap,
		Declared: s.job.Params.Declarations(), FileName: s.job.FileName})
}

// label is the encoding by what has been read so far, or by the prefix that decides.
func (s *source) label() charset.Label {
	if s.decided != "" {
		return s.decided
	}
	return s.text.Verdict().Label
}

// headers are the names of the columns in the encoding that counts.
func (s *source) headers(label charset.Label) []string { return decodeAll(s.dialect.HeaderRow, label) }

func decodeAll(row []string, label charset.Label) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = string(charset.Decode(nil, []byte(cell), label))
	}
	return out
}

// cut reads on and calls f for every segment, in order, until the input has ended.
func (s *source) cut(ctx context.Context, f func(*segment) error) error {
	splitter := csvfmt.NewSplitter(s.dialect, s.limits.MaxRecord)
	done, scanned, count := s.dialect.DataOffset, s.dialect.DataOffset, 0
	most := int64(min(len(s.buf), s.limits.SegmentBytes))
	emit := func(end int64) error {
		if end <= done {
			return nil
		}
		seg := &segment{index: count, off: done, size: int(end - done)}
		done, count = end, count+1
		return f(seg)
	}
	for {
		for scanned < s.size {
			piece, err := s.store.Slice(scanned, int(min(most, s.size-scanned)), s.buf)
			if err != nil {
				return err
			}
			end, err := splitter.Scan(piece)
			if err != nil {
				return err
			}
			scanned += int64(len(piece))
			if end-done >= int64(s.limits.SegmentBytes) {
				if err := emit(end); err != nil {
					return err
				}
			}
		}
		if s.ended {
			break
		}
		if err := s.more(ctx); err != nil {
			return err
		}
	}
	if err := splitter.Finish(); err != nil {
		return err
	}
	return emit(s.size)
}

// read returns the decoded text of a segment: a view of scratch, or in buf, which is the caller's own and grows as needed. Nobody
// may write to the text.
func (s *source) read(seg *segment, label charset.Label, buf *[]byte) ([]byte, error) {
	if cap(*buf) < seg.size {
		*buf = make([]byte, 0, seg.size+seg.size/4)
	}
	raw, err := s.store.Slice(seg.off, seg.size, *buf)
	if err != nil {
		return nil, err
	}
	text := charset.Decode(nil, raw, label)
	return text[:len(text):len(text)], nil
}

// place turns a place within a segment into one of the file.
func (seg *segment) place(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && f.Byte >= 0 {
		f.Byte += seg.off
		f.Line = 0 // The line within the segment would mislead; the byte is exact.
	}
	return err
}

// head returns the whole records at the beginning of what has been read; none when the first is longer than that.
func (s *source) head() ([]byte, error) {
	n := min(s.size-s.dialect.DataOffset, 256<<10)
	if n <= 0 {
		return nil, nil
	}
	piece, err := s.store.Slice(s.dialect.DataOffset, int(n), nil)
	if err != nil {
		return nil, err
	}
	splitter := csvfmt.NewSplitter(s.dialect, s.limits.MaxRecord)
	end, err := splitter.Scan(piece)
	if err != nil {
		return nil, nil //nolint:nilerr // Pass 1 meets it again and says where.
	}
	return piece[:end-s.dialect.DataOffset], nil
}

// encodingFinding says what the encoding is where it is not UTF-8 (rule STD-ENC-1).
func (s *source) encodingFinding() (severity record.Severity, message string) {
	v := s.text.Verdict()
	switch label := s.label(); {
	case label == charset.UTF8 && v.Label == charset.Windows1252:
		return record.Error, "what follows the records that decide is not valid UTF-8: broken bytes became U+FFFD"
	case v.Label == charset.Windows1252:
		return record.Warning, fmt.Sprintf("the file is not UTF-8: read as windows-1252, %d high bytes", v.High)
	case v.Label != charset.UTF8:
		return record.Warning, fmt.Sprintf("the file is not UTF-8: read as %s", v.Label)
	case !v.Valid:
		return record.Error, "the file is not valid UTF-8 as was asked for: broken bytes became U+FFFD"
	case s.text.BOM() > 0:
		return record.Information, "a byte order mark was removed"
	}
	return 0, ""
}

// measure notes where the second record begins and the last one, so that neighbours can be read with a segment. text is the decoded
// segment. A record that is no row, or one whose place is not known because decoding moved it, is nobody's neighbour.
func (seg *segment) measure(b *record.Batch, text []byte) {
	n := len(b.Raw)
	seg.head, seg.tail = 0, 0
	if n == 0 || len(text) != seg.size {
		return
	}
	if b.Index[0] == 0 && n > 1 && b.Index[1] == 1 {
		seg.head = int(b.Raw[1].Off)
	} else if b.Index[0] == 0 && seg.records == 1 {
		seg.head = seg.size
	}
	if int(b.Index[n-1]) == seg.records-1 {
		seg.tail = seg.size - int(b.Raw[n-1].Off)
	}
}

// withNeighbours returns a segment that begins with the last record of the one before and ends with the first of the one after.
func (seg *segment) withNeighbours(before, after *segment) *segment {
	wide := *seg
	if before != nil && before.tail > 0 {
		wide.off, wide.size, wide.first = wide.off-int64(before.tail), wide.size+before.tail, wide.first-1
	}
	if after != nil {
		wide.size += after.head
	}
	return &wide
}
