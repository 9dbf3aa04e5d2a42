package match

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
)

// found is a pair that is no non-match.
type found struct {
	a, b   int32
	set    uint32 // passes
	class  Class
	rule   *fixedRule // of the fixed model
	score  float64
	reason string
	rival  cell // of the fixed model
}

// Match compares the persons and returns what it finds; it ends soon after the context does. The result depends on the persons
// alone, and on their order only in their numbers. Population is of no use afterwards.
func (p *Population) Match(ctx context.Context) (*Result, error) {
	p.freeze()
	r := &Result{Parameters: Parameters{Model: p.model(), Asked: p.opts.Model}}
	passes := fixedPasses
	p.done, p.scans = 0, 1
	if r.Parameters.Model == Estimated {
		passes, p.scans = passCount, 2
	}
	if err := p.block(ctx, passes); err != nil {
		return nil, err
	}
	var s *scale
	if r.Parameters.Model == Estimated {
		e, why, err := p.learn(ctx)
		if err != nil {
			return nil, err
		}
		if why == "" {
			s = e.scale()
		} else {
			r.Parameters.Model, r.Parameters.Fallback = Fixed, why
			p.blocks.drop(fixedPasses)
		}
	}
	c, err := p.judgeAll(ctx, s)
	if err != nil {
		return nil, err
	}
	r.Compared, r.LeftOut, r.SkippedBlocks = c.compared, c.leftOut, p.blocks.skipped
	if s == nil {
		c.doubt()
	}
	if r.Clusters, err = p.cluster(ctx, c.found); err != nil {
		return nil, err
	}
	r.Pairs = p.explain(c.found, s)
	r.Parameters.describe(s)
	return r, ctx.Err()
}

func (p *Population) model() Model {
	switch {
	case p.opts.Model != Auto:
		return p.opts.Model
	case p.Len() >= estimateFrom:
		return Estimated
	}
	return Fixed
}

// freeze ends adding and reads what single texts say.
func (p *Population) freeze() {
	for f := range p.dicts {
		p.dicts[f].freeze()
	}
	p.births = read(&p.dicts[birthDate], parseBirth)
	p.suffixes = read(&p.dicts[suffix], generation)
	p.forms = formsOf(&p.dicts[first])
}

func read[T any](d *dict, parse func(string) T) []T {
	all := make([]T, d.len())
	for n := range all {
		all[n] = parse(d.text(uint32(n)))
	}
	return all
}

// drop forgets the passes from n on.
func (b *blocks) drop(n int) {
	for i := range b.of {
		clear(b.of[i][n:])
	}
	for i := n; i < passCount; i++ {
		b.members[i], b.ends[i] = nil, nil
		b.skipped = slices.DeleteFunc(b.skipped, func(s Skipped) bool { return s.Pass == passes[i].name })
	}
}

// judgeAll judges every pair of the blocks, by the estimate or without one by the fixed model, and returns what it caught.
func (p *Population) judgeAll(ctx context.Context, s *scale) (*catch, error) {
	judge := p.judgeByBook
	if s != nil {
		judge = func(x, y int32, set uint32) found { return p.judgeByEstimate(s, x, y, set) }
	}
	all := &catch{}
	err := scan(ctx, p, func() *catch { return &catch{} },
		func(own *catch, x, y int32, set uint32) { own.take(judge(x, y, set)) },
		func(own *catch) error { return all.add(own, p.opts.MaxPairs) })
	if err != nil {
		return nil, err
	}
	return all, all.finish(p.opts.MaxPairs)
}

// judgeByBook judges by the fixed model.
func (p *Population) judgeByBook(x, y int32, set uint32) found {
	v := p.judgeFixed(x, y, set)
	f := found{a: x, b: y, set: set, class: v.class, rule: v.rule, score: v.score, reason: v.reason}
	if v.class == 0 {
		return f
	}
	l := p.compare(x, y)
	if f.rival = cellOf(&l); v.class == Match {
		f.object(cmp.Or(p.veto(x, y, &l, false), p.conflict(x, y, &l)))
	}
	return f
}

// judgeByEstimate judges by the estimated model.
func (p *Population) judgeByEstimate(s *scale, x, y int32, set uint32) found {
	l := p.compare(x, y)
	w := s.weigh(&l, p.row(x), p.row(y))
	f := found{a: x, b: y, set: set, score: s.judge(&w, &l, reviewOdds)}
	switch {
	case f.score < reviewOdds:
		return f
	case f.score < matchOdds:
		f.class, f.reason = Review, belowMatch
	default:
		f.class = Match
		f.object(cmp.Or(p.veto(x, y, &l, true), p.conflict(x, y, &l)))
	}
	return f
}

// object makes a match a review, when there is a reason.
func (f *found) object(reason string) {
	if reason != "" {
		f.class, f.reason = Review, reason
	}
}

// pass names the pass of a pair.
func (f *found) pass() string {
	if f.rule != nil {
		return f.rule.name
	}
	return passes[bits.TrailingZeros32(f.set)].name
}
