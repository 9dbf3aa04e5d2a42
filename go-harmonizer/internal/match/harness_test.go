package match

import (
	"context"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func run(t testing.TB, persons []Person, opts Options) *Result {
	t.Helper()
	r, err := population(t, persons, opts).Match(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func population(t testing.TB, persons []Person, opts Options) *Population {
	t.Helper()
	p := New(opts)
	for _, person := range persons {
		if err := p.Add(person); err != nil {
			t.Fatal(err)
		}
	}
	return p
}
