package pipeline

import (
	"context"
	"unicode/utf8"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/charset"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// workPrefix decides about columns from the first 100,000 records and writes while bytes still arrive (rule 0.6).
func (r *run) workPrefix(ctx context.Context) error {
	var (
		early []*segment // surveyed, not yet standardized
		seen  int64
		e     *engine
	)
	assume, err := r.guess(ctx)
	if err != nil {
		return err
	}
	reading, err := r.read(assume)
	if err != nil {
		return err
	}
	s := newSurvey(r, reading)
	decide := func() error {
		if err := r.decideEncoding(early); err != nil {
			return err
		}
		if s, err = r.decidePrefix(ctx, s, early); err != nil {
			return err
		}
		r.settle(s)
		r.progress.Stage.Store(int32(Standardizing))
		e = r.start()
		for _, seg := range early {
			if err := e.feed(ctx, seg); err != nil {
				return err
			}
		}
		early = nil
		return nil
	}
	next := int64(1)
	err = r.source.cut(ctx, func(seg *segment) error {
		limit := int(max(0, prefixRecords-seen))
		w := s.take()
		err := w.segment(seg, limit)
		s.give(w, nil)
		if err != nil {
			return err
		}
		seg.first = next
		next += int64(seg.records)
		seen += int64(seg.records)
		r.blank += int64(seg.blank)
		if e != nil {
			return e.feed(ctx, seg)
		}
		early = append(early, seg)
		if seen >= prefixRecords {
			return decide()
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.records = next - 1
	r.progress.Total.Add(r.records)
	if e == nil {
		if err := decide(); err != nil {
			return err
		}
	}
	return r.complete(ctx, e)
}

// decidePrefix surveys the first records again where what the survey took for granted was wrong.
func (r *run) decidePrefix(ctx context.Context, s *survey, early []*segment) (*survey, error) {
	for range rounds {
		truth := s.truth(r.source.label())
		if truth.equal(s.reading.assumption) {
			return s, nil
		}
		reading, err := r.read(truth)
		if err != nil {
			return nil, err
		}
		s = newSurvey(r, reading)
		seen := 0
		for _, seg := range early {
			w := s.take()
			err := w.segment(seg, max(0, prefixRecords-seen))
			s.give(w, nil)
			if err != nil {
				return nil, err
			}
			seen += seg.records
		}
	}
	return s, ctx.Err()
}

// decideEncoding decides by the header and the first records alone, however far the file has been read.
func (r *run) decideEncoding(early []*segment) error {
	if label := r.source.text.Early(); label != "" {
		r.source.decided = label
		return nil
	}
	head, err := r.source.store.Slice(0, int(r.source.dialect.DataOffset), nil)
	if err != nil {
		return err
	}
	valid, left := utf8.Valid(head), prefixRecords
	for _, seg := range early {
		raw, err := r.source.store.Slice(seg.off, seg.size, nil)
		if err != nil {
			return err
		}
		if seg.records > left {
			raw = raw[:r.recordsEnd(raw, left)]
		}
		valid, left = valid && utf8.Valid(raw), left-seg.records
	}
	r.source.decided = charset.UTF8
	if !valid {
		r.source.decided = charset.Windows1252
	}
	return nil
}

// recordsEnd returns where the first n records of a text end; the text has more.
func (r *run) recordsEnd(text []byte, n int) int {
	var b record.Batch
	parser := csvfmt.NewParser(r.source.dialect, len(r.source.dialect.HeaderRow), r.limits.MaxField)
	if err := parser.Parse(text[:len(text):len(text)], &b); err != nil {
		return len(text) // The survey met it before and said where.
	}
	end := len(text)
	for i, index := range b.Index {
		if int(index) >= n {
			end = min(end, int(b.Raw[i].Off))
		}
	}
	for _, broken := range b.Broken {
		if int(broken.Index) >= n {
			end = min(end, int(broken.Raw.Off))
		}
	}
	return end
}
