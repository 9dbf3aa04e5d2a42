package match

import (
	"context"
	"fmt"
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

// quality counts pairs within clusters against the truth.
type quality struct{ right, wrong, missed float64 }

func (q quality) precision() float64 { return q.right / max(1, q.right+q.wrong) }
func (q quality) recall() float64    { return q.right / max(1, q.right+q.missed) }
func (q quality) f1() float64        { return 2 * q.right / max(1, 2*q.right+q.wrong+q.missed) }
func (q quality) String() string {
	return fmt.Sprintf("precision %.4f recall %.4f F1 %.4f (%.0f right, %.0f wrong, %.0f missed)", q.precision(), q.recall(), q.f1(),
		q.right, q.wrong, q.missed)
}

func score(r *Result, truth []int) (q quality) {
	of := map[int32]int{}
	for i, c := range r.Clusters {
		for j, x := range c {
			of[x] = i + 1
			for _, y := range c[:j] {
				if truth[x] == truth[y] {
					q.right++
				} else {
					q.wrong++
				}
			}
		}
	}
	same := map[int][]int32{}
	for x, person := range truth {
		same[person] = append(same[person], int32(x))
	}
	for _, all := range same {
		for j, x := range all {
			for _, y := range all[:j] {
				if of[x] == 0 || of[x] != of[y] {
					q.missed++
				}
			}
		}
	}
	return q
}

// tell logs what was wrong or missed; only of made-up persons.
func tell(t *testing.T, persons []Person, truth []int, r *Result) {
	pairs := map[[2]int32]Pair{}
	for _, pair := range r.Pairs {
		pairs[[2]int32{pair.A, pair.B}] = pair
		if pair.Class == Match && truth[pair.A] != truth[pair.B] {
			t.Logf("WRONG %.2f\n   %v\n   %v\n", pair.Score, persons[pair.A], persons[pair.B])
		}
	}
	same := map[int][]int32{}
	for x, person := range truth {
		for _, y := range same[person] {
			if pair := pairs[[2]int32{y, int32(x)}]; pair.Class != Match {
				t.Logf("MISSED %.2f %s\n   %v\n   %v\n", pair.Score, pair.Reason, persons[y], persons[x])
			}
		}
		same[person] = append(same[person], int32(x))
	}
}
