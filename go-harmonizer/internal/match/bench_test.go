package match_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/matchtest"
)

func BenchmarkMatch100k(b *testing.B) {
	for _, kind := range []matchtest.Kind{matchtest.Mixed, matchtest.Common} {
		persons, truth := matchtest.Generate(1, 100_000, kind)
		b.Run(kind.String(), func(b *testing.B) {
			for b.Loop() {
				held := memory()
				p := match.New(match.Options{})
				for _, person := range persons {
					if err := p.Add(person); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(memory()-held)/float64(len(persons)), "B/person")
				r, err := p.Match(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				q := score(r, truth)
				b.ReportMetric(float64(r.Compared)/1e6, "Mpairs")
				b.ReportMetric(q.precision(), "precision")
				b.ReportMetric(q.recall(), "recall")
				b.ReportMetric(float64(len(r.Pairs)), "found")
			}
		})
	}
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
