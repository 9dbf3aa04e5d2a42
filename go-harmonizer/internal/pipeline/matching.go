package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/dedup"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/report"
)

// The settings that bound the patients that are matched, and the pairs that are found.
const (
	MatchPersonsSetting = "HARMONIZERD_MATCH_PERSONS"
	MatchPairsSetting   = "HARMONIZERD_MATCH_PAIRS"
)

// subject is a patient record that is matched.
type subject struct {
	order, number int64
	target        *target
}

// matchPatients finds patients that are probably one person (rule DED-5), reports the pairs, and returns the clusters by order.
func (w *work) matchPatients(ctx context.Context, g *group) ([][]int64, error) {
	population := match.New(match.Options{Model: w.job.Model, Workers: w.pool.Size(), Go: w.queue.Go, MaxPersons: w.limits.MatchPersons,
		MaxPairs: w.limits.MatchPairs})
	subjects, err := w.addSubjects(ctx, g, population)
	if err != nil {
		return nil, boundOf(err)
	}
	found, err := population.Match(ctx)
	if err != nil {
		return nil, boundOf(err)
	}
	w.matching = newMatching(found)
	g.tellSkipped(found)
	g.tellLeftOut(found)
	w.tellMatches(found, subjects)
	if err := w.writeMatches(found, subjects); err != nil {
		return nil, err
	}
	if err := w.writeReview(ctx, g, found, subjects); err != nil {
		return nil, err
	}
	var clusters [][]int64
	for _, c := range found.Clusters {
		var orders []int64
		for _, i := range c {
			orders = append(orders, subjects[i].order)
		}
		clusters = append(clusters, orders)
	}
	return clusters, nil
}

// boundOf names the setting of a bound of matching.
func boundOf(err error) error {
	var f *fault.Error
	settings := map[string]string{"MaxPersons": MatchPersonsSetting, "MaxPairs": MatchPairsSetting}
	if errors.As(err, &f) && settings[f.Bound] != "" {
		return f.Over(settings[f.Bound])
	}
	return err
}

// addSubjects reads the patients again, in order, without those that left.
func (w *work) addSubjects(ctx context.Context, g *group, to *match.Population) ([]subject, error) {
	var all []subject
	for _, t := range g.targets {
		var segments []*segment
		for _, p := range t.parts {
			segments = append(segments, p.segment)
		}
		err := t.lookAt(ctx, segments, func(_ *maker, res *result, table *plan.Table) {
			res.persons, res.numbers = res.persons[:0], append(res.numbers[:0], table.Numbers...)
			for i := range table.Refs {
				res.persons = append(res.persons, personOf(table, i))
			}
		}, func(res *result) error {
			p := &t.parts[t.partOf(res.segment)]
			for i, person := range res.persons {
				order := p.first + int64(i)
				if p.isRemoved(uint32(i)) || g.isGone(order) {
					continue
				}
				if err := to.Add(person); err != nil {
					return err
				}
				all = append(all, subject{order, res.numbers[i], t})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// tellMatches warns of each later record of a pair, once, with its best pair.
func (w *work) tellMatches(found *match.Result, subjects []subject) {
	best := map[int32]*match.Pair{}
	for i := range found.Pairs {
		p := &found.Pairs[i]
		if known := best[p.B]; known == nil || p.Class < known.Class || p.Class == known.Class && p.Score > known.Score {
			best[p.B] = p
		}
	}
	for b := range int32(len(subjects)) {
		if p := best[b]; p != nil {
			later, first := subjects[b], subjects[p.A]
			r := later.target.run
			r.tellLate(&encode.Issue{Rule: "DED-5", Severity: record.Warning, Entity: later.target.entity, File: r.job.FileName,
				Record: later.number, Message: pairMessage(p, r.named(first.target.run.globally(first.number))), Count: 1}, "")
		}
	}
}

// tellSkipped warns of blocks that were too large to compare.
func (g *group) tellSkipped(found *match.Result) {
	for _, s := range found.SkippedBlocks {
		g.targets[0].run.find("DED-5", record.Warning, "", "", fmt.Sprintf(
			"%d blocks of pass %s hold too many patients to compare, the largest %d: pairs that only these would show are not found", s.Blocks, s.Pass, s.Largest))
	}
}

func (g *group) tellLeftOut(found *match.Result) {
	if found.LeftOut > 0 {
		g.targets[0].run.find("DED-5", record.Warning, "", "", fmt.Sprintf(
			"%d pairs that a person could decide about are left out, the weakest: they are more than %s allows", found.LeftOut, MatchPairsSetting))
	}
}

func pairMessage(p *match.Pair, first string) string {
	score := strconv.FormatFloat(p.Score, 'f', 2, 64)
	if p.Class == match.Match {
		return fmt.Sprintf("probably the same person as %s (score %s)", first, score)
	}
	return fmt.Sprintf("may be the same person as %s (score %s, %s): to be decided by a person, see review.csv", first, score, p.Reason)
}

// joined are the groups of records that share the hash of a key or a cluster, in any chain of both.
func joined(keys *dedup.Keys, clusters [][]int64) ([][]int64, error) {
	groups := clusters
	if keys != nil {
		shared, err := keys.Shared()
		if err != nil {
			return nil, err
		}
		groups = append(shared, clusters...)
	}
	parent := map[int64]int64{}
	find := func(i int64) int64 {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	for _, group := range groups {
		for _, order := range group {
			if _, known := parent[order]; !known {
				parent[order] = order
			}
			a, b := find(group[0]), find(order)
			parent[max(a, b)] = min(a, b)
		}
	}
	members := map[int64][]int64{}
	for order := range parent {
		root := find(order)
		members[root] = append(members[root], order)
	}
	var out [][]int64
	for _, group := range members {
		slices.Sort(group)
		out = append(out, group)
	}
	slices.SortFunc(out, func(a, b []int64) int { return int(a[0] - b[0]) })
	return out, nil
}

// numbered gives each record the number of its cluster, from 1.
func numbered(clusters [][]int64) map[int64]int {
	all := map[int64]int{}
	for i, c := range clusters {
		for _, order := range c {
			all[order] = i + 1
		}
	}
	return all
}

// newMatching tells the report what was matched and by what parameters.
func newMatching(found *match.Result) *report.Matching {
	p := &found.Parameters
	m := &report.Matching{Model: p.Model.String(), Asked: p.Asked.String(), Fallback: p.Fallback, MatchThreshold: p.Match, ReviewThreshold: p.Review,
		Prior: p.Prior, Iterations: p.Iterations, Clusters: len(found.Clusters), Compared: found.Compared}
	for i := range found.Pairs {
		if found.Pairs[i].Class == match.Match {
			m.Matches++
		} else {
			m.Reviews++
		}
	}
	for _, f := range p.Fields {
		m.Fields = append(m.Fields, report.MatchField{Field: f.Field, Level: f.Level, M: f.M, U: f.U, Weight: f.Weight, Threshold: f.Threshold})
	}
	for _, s := range found.SkippedBlocks {
		m.Skipped = append(m.Skipped, report.SkippedBlocks{Pass: s.Pass, Blocks: s.Blocks, Largest: s.Largest})
	}
	return m
}
