package match

import (
	"cmp"
	"context"
	"slices"
)

// margin is how much more, as a natural-log weight, a pair has to score than one that it excludes: a record that agrees about as
// well with two that contradict each other is left to a person.
const margin = 3.0

// tie is a difference of scores that is none.
const tie = 1e-9

// most is the size at which a cluster grows no more.
const most = 1000

// cluster joins matches into clusters, the strongest first, as long as no two members contradict each other; this leaves what
// cutting at the weakest pair until all agree would. Pairs it does not join become reviews. Pairs of equal score are all joined or,
// where they contradict each other, none of them, so that the order of records decides nothing.
func (p *Population) cluster(ctx context.Context, all []found) ([][]int32, error) {
	c := clusters{p: p, of: map[int32]*group{}, rivals: map[int32]float64{}}
	edges := matches(all)
	for len(edges) > 0 && ctx.Err() == nil {
		n := 1
		for n < len(edges) && edges[0].score-edges[n].score <= tie {
			n++
		}
		c.join(edges[:n])
		edges = edges[n:]
	}
	c.doubt(matches(all))
	return list(all), ctx.Err()
}

// matches returns the matches, the strongest first.
func matches(all []found) (edges []*found) {
	for i := range all {
		if all[i].class == Match {
			edges = append(edges, &all[i])
		}
	}
	slices.SortStableFunc(edges, func(f, g *found) int { return cmp.Compare(g.score, f.score) })
	return edges
}

type clusters struct {
	p  *Population
	of map[int32]*group
	// rivals are, for a record that agrees with a group that its own contradicts, the highest score it was refused at.
	rivals map[int32]float64
}

// group is the members of a cluster.
type group struct{ members []int32 }

func (c *clusters) group(x int32) *group {
	g := c.of[x]
	if g == nil {
		g = &group{[]int32{x}}
		c.of[x] = g
	}
	return g
}

// join takes pairs of equal score: the groups that they connect become one, or stay as they are.
func (c *clusters) join(edges []*found) {
	for _, connected := range c.connected(edges) {
		if groups := c.groups(connected); c.agree(groups) {
			c.merge(groups)
		} else {
			c.refuse(connected)
		}
	}
}

func (c *clusters) refuse(edges []*found) {
	for _, f := range edges {
		if c.group(f.a) != c.group(f.b) {
			f.object(cutCluster)
			c.rival(f.a, c.group(f.b), f.score)
			c.rival(f.b, c.group(f.a), f.score)
		}
	}
}

// rival remembers the score at which a record was refused by a group that it agrees with.
func (c *clusters) rival(x int32, g *group, score float64) {
	if before, ok := c.rivals[x]; (!ok || before < score) && c.compatible(&group{[]int32{x}}, g) {
		c.rivals[x] = score
	}
}

// agree tells whether no member of a group contradicts one of another.
func (c *clusters) agree(groups []*group) bool {
	size := 0
	for i, g := range groups {
		size += len(g.members)
		for _, h := range groups[:i] {
			if size > most || !c.compatible(g, h) {
				return false
			}
		}
	}
	return true
}

func (c *clusters) compatible(g, h *group) bool {
	for _, x := range g.members {
		for _, y := range h.members {
			if c.contradict(x, y) != "" {
				return false
			}
		}
	}
	return true
}

func (c *clusters) contradict(x, y int32) string {
	l := c.p.compare(x, y)
	return c.p.conflict(x, y, &l)
}

func (c *clusters) merge(groups []*group) {
	whole := groups[0]
	for _, g := range groups[1:] {
		whole.members = append(whole.members, g.members...)
		for _, x := range g.members {
			c.of[x] = whole
		}
	}
}

// doubt takes back the matches of a record that scored hardly more than those that it was refused at.
func (c *clusters) doubt(edges []*found) {
	for _, f := range edges {
		for _, x := range []int32{f.a, f.b} {
			if other, ok := c.rivals[x]; ok && f.score-other < margin {
				f.object(cutTies)
			}
		}
	}
}
