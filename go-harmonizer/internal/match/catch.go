package match

import (
	"cmp"
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

// catch is what is found among pairs.
type catch struct {
	found    []found
	compared int64
	cells    [cellCount]float64 // pairs found, of the fixed model
	leftOut  int64
}

func (c *catch) take(f found) {
	c.compared++
	if f.class != 0 {
		c.found = append(c.found, f)
		c.cells[f.rival]++
	}
}

// add takes over what a task found. It holds at most twice the bound.
func (c *catch) add(other *catch, bound int) error {
	c.found, c.compared = append(c.found, other.found...), c.compared+other.compared
	for i, n := range other.cells {
		c.cells[i] += n
	}
	if len(c.found) > 2*bound {
		return c.prune(bound)
	}
	return nil
}

// finish puts what was found in order.
func (c *catch) finish(bound int) error {
	err := c.prune(bound)
	slices.SortFunc(c.found, func(f, g found) int { return cmp.Or(cmp.Compare(f.a, g.a), cmp.Compare(f.b, g.b)) })
	return err
}

// prune leaves out the weakest reviews above the bound, and of equal ones all or none: so it does not matter when it is done.
func (c *catch) prune(bound int) error {
	var scores []float64
	for i := range c.found {
		if c.found[i].class == Review {
			scores = append(scores, c.found[i].score)
		}
	}
	if matches := len(c.found) - len(scores); matches > bound {
		return fault.New(fault.Exhausted, "TOO_MANY_PAIRS", "more than %d pairs match (MaxPairs)", bound).Over("MaxPairs")
	}
	if len(scores) <= bound {
		return nil
	}
	slices.SortFunc(scores, func(a, b float64) int { return cmp.Compare(b, a) })
	least := scores[bound] // the first that is too much: it and its equals go
	before := len(c.found)
	c.found = slices.DeleteFunc(c.found, func(f found) bool { return f.class == Review && f.score <= least })
	c.leftOut += int64(before - len(c.found))
	return nil
}
