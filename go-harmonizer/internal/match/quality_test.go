package match_test

import (
	"fmt"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/match"
)

// quality counts pairs within clusters against the truth.
type quality struct{ right, wrong, missed float64 }

func (q quality) precision() float64 { return q.right / max(1, q.right+q.wrong) }
func (q quality) recall() float64    { return q.right / max(1, q.right+q.missed) }
func (q quality) f1() float64        { return 2 * q.right / max(1, 2*q.right+q.wrong+q.missed) }
func (q quality) String() string {
	return fmt.Sprintf("precision %.4f recall %.4f F1 %.4f (%.0f right, %.0f wrong, %.0f missed)", q.precision(), q.recall(), q.f1(),
		q.right, q.wrong, q.missed)
}

func score(r *match.Result, truth []int) (q quality) {
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
func tell(t *testing.T, persons []match.Person, truth []int, r *match.Result) {
	pairs := map[[2]int32]match.Pair{}
	for _, pair := range r.Pairs {
		pairs[[2]int32{pair.A, pair.B}] = pair
		if pair.Class == match.Match && truth[pair.A] != truth[pair.B] {
			t.Logf("WRONG %.2f\n   %v\n   %v\n", pair.Score, persons[pair.A], persons[pair.B])
		}
	}
	same := map[int][]int32{}
	for x, person := range truth {
		for _, y := range same[person] {
			if pair := pairs[[2]int32{y, int32(x)}]; pair.Class != match.Match {
				t.Logf("MISSED %.2f %s\n   %v\n   %v\n", pair.Score, pair.Reason, persons[y], persons[x])
			}
		}
		same[person] = append(same[person], int32(x))
	}
}
