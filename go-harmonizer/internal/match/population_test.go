package match_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/matchtest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
)

func find(t testing.TB, persons []match.Person, opts match.Options) *match.Result {
	t.Helper()
	p := match.New(opts)
	for _, person := range persons {
		if err := p.Add(person); err != nil {
			t.Fatal(err)
		}
	}
	r, err := p.Match(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// leastRecall is what a population may not fall below; of a kind left out, as of fathers and sons, much is for review.
var leastRecall = map[match.Model]map[matchtest.Kind]float64{
	match.Fixed:     {matchtest.Plain: 0.78, matchtest.Mixed: 0.70},
	match.Estimated: {matchtest.Plain: 0.88, matchtest.Mixed: 0.82, matchtest.Common: 0.82, matchtest.Fathers: 0.80, matchtest.Shared: 0.85},
}

func TestPrecisionOnEveryKind(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for model, n := range map[match.Model]int{match.Fixed: 900, match.Estimated: 1500} {
		for _, kind := range matchtest.Kinds() {
			t.Run(fmt.Sprintf("%v/%v", model, kind), func(t *testing.T) {
				persons, truth := matchtest.Generate(1, n, kind)
				r := find(t, persons, match.Options{Model: model})
				q := score(r, truth)
				t.Log(q)
				if q.precision() < 0.98 || q.recall() < leastRecall[model][kind] || r.Parameters.Model != model {
					t.Errorf("%v; model %v %s", q, r.Parameters.Model, r.Parameters.Fallback)
				}
			})
		}
	}
}

func TestWorkersAndProgressChangeNothing(t *testing.T) {
	persons, _ := matchtest.Generate(3, 1500, matchtest.Mixed)
	for _, model := range []match.Model{match.Fixed, match.Estimated} {
		one := find(t, persons, match.Options{Model: model, Workers: 1})
		var done, total int64
		many := find(t, persons, match.Options{Model: model, Workers: 8, Progress: func(d, of int64) {
			if d < done || d > of {
				t.Errorf("progress went from %d to %d of %d", done, d, of)
			}
			done, total = d, of
		}})
		if !reflect.DeepEqual(one, many) {
			t.Errorf("%v: the result depends on the workers", model)
		}
		if done == 0 || done != total {
			t.Errorf("%v: progress ended at %d of %d", model, done, total)
		}
	}
}

func TestOrderChangesOnlyNumbers(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for _, kind := range []matchtest.Kind{matchtest.Mixed, matchtest.Twins} {
		persons, _ := matchtest.Generate(4, 1000, kind)
		turned := slices.Clone(persons)
		slices.Reverse(turned)
		for i := range len(turned) / 2 { // and not only reversed
			if i%3 == 0 {
				turned[i], turned[i*2] = turned[i*2], turned[i]
			}
		}
		for _, model := range []match.Model{match.Fixed, match.Estimated} {
			a, b := find(t, persons, match.Options{Model: model}), find(t, turned, match.Options{Model: model})
			if one, other := canonical(a, persons), canonical(b, turned); !reflect.DeepEqual(one, other) {
				t.Errorf("%v, %v: %d pairs and others of %d depend on the order", model, kind, len(one), len(other))
			}
			if !reflect.DeepEqual(a.Parameters, b.Parameters) {
				t.Errorf("%v, %v: the parameters depend on the order", model, kind)
			}
		}
	}
}

// canonical tells what was found by who it was about.
func canonical(r *match.Result, persons []match.Person) (all []string) {
	for _, p := range r.Pairs {
		a, b := fmt.Sprint(persons[p.A]), fmt.Sprint(persons[p.B])
		all = append(all, fmt.Sprintf("%s|%s %d %.6f %s", min(a, b), max(a, b), p.Class, p.Score, p.Reason))
	}
	for _, c := range r.Clusters {
		var members []string
		for _, x := range c {
			members = append(members, fmt.Sprint(persons[x]))
		}
		slices.Sort(members)
		all = append(all, fmt.Sprint(members))
	}
	slices.Sort(all)
	return all
}

func TestManyRecordsOfAPerson(t *testing.T) {
	people, _ := matchtest.Generate(5, 400, matchtest.Plain)
	var persons []match.Person
	var truth []int
	for who, person := range people[:150] {
		for range 12 {
			persons, truth = append(persons, person), append(truth, who)
		}
	}
	r := find(t, persons, match.Options{})
	if q := score(r, truth); r.Parameters.Model != match.Estimated || q.recall() < 0.9 {
		t.Errorf("%v by the %v model (%s)", q, r.Parameters.Model, r.Parameters.Fallback)
	}
}

func TestNobodyTwice(t *testing.T) {
	pipelinetest.LeaveToPlainRun(t)
	for _, kind := range []matchtest.Kind{matchtest.Plain, matchtest.Common, matchtest.Mixed} {
		all, truth := matchtest.Generate(6, 2500, kind)
		seen := map[int]bool{}
		var persons []match.Person
		for i, person := range all {
			if !seen[truth[i]] {
				seen[truth[i]] = true
				persons = append(persons, person)
			}
		}
		r := find(t, persons, match.Options{})
		wrong := 0
		for _, p := range r.Pairs {
			if p.Class == match.Match {
				wrong++
			}
		}
		t.Logf("%v: %d of %d pairs by the %v model %s", kind, wrong, len(r.Pairs), r.Parameters.Model, r.Parameters.Fallback)
		if kind == matchtest.Plain && (r.Parameters.Model != match.Fixed || r.Parameters.Fallback == "") {
			t.Errorf("an estimate of what is not there: %+v", r.Parameters)
		}
		if wrong > len(persons)/400 {
			t.Errorf("%v: %d matches among %d different persons", kind, wrong, len(persons))
		}
	}
}
