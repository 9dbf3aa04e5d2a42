package pipeline

import (
	"context"
	"encoding/json"
	"math"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/format/csvfmt"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
)

// pairLine is a line of matches.ndjson.
type pairLine struct {
	Pair        int         `json:"pair"`
	Class       string      `json:"class"`
	Pass        string      `json:"pass"`
	Score       float64     `json:"score"`
	Threshold   float64     `json:"threshold"`
	Probability *float64    `json:"probability"`
	Reason      *string     `json:"reason"`
	Cluster     *int        `json:"cluster"`
	A           pairRecord  `json:"a"`
	B           pairRecord  `json:"b"`
	Fields      []pairField `json:"fields"`
}

type pairRecord struct {
	File   string `json:"file"`
	Record int64  `json:"record_no"`
}

type pairField struct {
	Name       string  `json:"name"`
	Similarity float64 `json:"similarity"`
	Weight     float64 `json:"weight"`
	Agrees     bool    `json:"agrees"`
	Null       bool    `json:"null"`
}

func className(c match.Class) string {
	if c == match.Match {
		return "match"
	}
	return "review"
}

// writeMatches writes matches.ndjson: every pair, explained field by field, without values.
func (w *work) writeMatches(found *match.Result, subjects []subject) error {
	a := w.artifact(MatchesArtifact, "matches.ndjson")
	cluster := map[int32]int{}
	for i, c := range found.Clusters {
		for _, m := range c {
			cluster[m] = i + 1
		}
	}
	for i := range found.Pairs {
		p := &found.Pairs[i]
		line := pairLine{Pair: i + 1, Class: className(p.Class), Pass: p.Pass, Score: rounded(p.Score), Threshold: rounded(p.Threshold),
			A: subjects[p.A].line(), B: subjects[p.B].line()}
		if found.Parameters.Model == match.Estimated {
			probability := rounded(p.Probability)
			line.Probability = &probability
		}
		if p.Reason != "" {
			line.Reason = &p.Reason
		}
		if n := cluster[p.A]; n > 0 && n == cluster[p.B] {
			line.Cluster = &n
		}
		for _, f := range p.Fields {
			line.Fields = append(line.Fields, pairField{f.Name, rounded(f.Similarity), rounded(f.Weight), f.Agrees, f.Null})
		}
		text, err := json.Marshal(&line)
		if err != nil {
			return err
		}
		if err := a.write(append(text, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (s *subject) line() pairRecord { return pairRecord{s.target.run.job.FileName, s.number} }

// rounded keeps four places: what follows them says nothing.
func rounded(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// reviewFields are the columns of review.csv that hold values.
var reviewFields = append([]string{"patient_id"}, personFields[:]...)

// writeReview writes review.csv: the pairs that a person has to decide about, each record on a line of its own.
func (w *work) writeReview(ctx context.Context, g *group, found *match.Result, subjects []subject) error {
	a := w.artifact(ReviewArtifact, "review.csv")
	if !a.wanted {
		return nil
	}
	header := "pair,score,threshold,probability,reason,file,record_no"
	for _, f := range w.reviewColumns() {
		header += "," + f
	}
	if err := a.write([]byte(header + "\n")); err != nil {
		return err
	}
	for start := 0; start < len(found.Pairs); start += membersAtOnce / 2 {
		end := min(len(found.Pairs), start+membersAtOnce/2)
		if err := w.writePairs(ctx, g, a, found, start, end, subjects); err != nil {
			return err
		}
	}
	return nil
}

// reviewColumns are the values that are shown.
func (w *work) reviewColumns() []string {
	if w.job.Deidentify {
		return nil
	}
	return reviewFields
}

func (w *work) writePairs(ctx context.Context, g *group, a *artifact, found *match.Result, start, end int, subjects []subject) error {
	var pairs [][]int64
	for _, p := range found.Pairs[start:end] {
		if p.Class == match.Review {
			pairs = append(pairs, []int64{subjects[p.A].order, subjects[p.B].order})
		}
	}
	members, shape, err := w.fetch(ctx, g, pairs, lookKey)
	if err != nil {
		return err
	}
	for i := start; i < end; i++ {
		p := &found.Pairs[i]
		if p.Class != match.Review {
			continue
		}
		for _, index := range []int32{p.A, p.B} {
			s := &subjects[index]
			if err := a.write(w.reviewLine(i+1, p, s, shape, members[s.order])); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *work) reviewLine(number int, p *match.Pair, s *subject, shape *cross.Shape, m *cross.Member) []byte {
	line := strconv.AppendInt(nil, int64(number), 10)
	cell := func(text string) {
		t := []byte(text)
		line = csvfmt.AppendCell(append(line, ','), t, csvfmt.NeedsQuote(t), w.job.Safe && csvfmt.IsFormula(t))
	}
	cell(strconv.FormatFloat(rounded(p.Score), 'f', -1, 64))
	cell(strconv.FormatFloat(rounded(p.Threshold), 'f', -1, 64))
	if p.Probability > 0 {
		cell(strconv.FormatFloat(rounded(p.Probability), 'f', -1, 64))
	} else {
		cell("")
	}
	cell(p.Reason)
	cell(s.target.run.job.FileName)
	cell(strconv.FormatInt(s.number, 10))
	for _, f := range w.reviewColumns() {
		text, _ := shape.Text(m, f)
		cell(text)
	}
	return append(line, '\n')
}
