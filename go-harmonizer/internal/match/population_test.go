package match_test

import (
	"context"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/matchtest"
)

func TestPrecisionOnEveryKind(t *testing.T) {
	for _, model := range []match.Model{match.Fixed, match.Estimated} {
		for _, n := range []int{900, 3000} {
			for _, kind := range matchtest.Kinds() {
				for seed := range uint64(3) {
					persons, truth := matchtest.Generate(seed+1, n, kind)
					r := find(t, persons, match.Options{Model: model})
					q := score(r, truth)
					t.Logf("%-9v %-9v %5d: %v reviews %d; M %.0f H %.0f %s", model, kind, n, q, len(r.Pairs), r.Parameters.Duplicates, r.Parameters.Households, r.Parameters.Fallback)
					if q.precision() < 0.98 {
						t.Errorf("%v, %v, %d records, seed %d: %v", model, kind, n, seed+1, q)
					}
				}
			}
		}
	}
}

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
