package match

import (
	"cmp"
	"math"
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
func (p *Population) cluster(all []found) [][]int32 {
	c := clusters{p: p, of: map[int32]*group{}}
	edges := matches(all)
	for len(edges) > 0 {
		n := 1
		for n < len(edges) && edges[0].score-edges[n].score <= tie {
			n++
		}
		c.join(edges[:n])
		edges = edges[n:]
	}
	c.doubt(matches(all))
	return c.list(all)
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
	p       *Population
	of      map[int32]*group
	refused []*found
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

// join takes pairs of equal score: each set of groups that they connect becomes one, or stays as it is.
func (c *clusters) join(edges []*found) {
	for len(edges) > 0 {
		connected, rest := c.connected(edges)
		groups := c.groups(connected)
		if c.agree(groups) {
			c.merge(groups)
		} else {
			c.refuse(connected)
		}
		edges = rest
	}
}

func (c *clusters) refuse(edges []*found) {
	for _, f := range edges {
		if c.group(f.a) != c.group(f.b) {
			f.object(cutCluster)
			c.refused = append(c.refused, f)
		}
	}
}

// connected returns the pairs that hang together with the first through groups, and the others.
func (c *clusters) connected(edges []*found) (connected, rest []*found) {
	reached := map[*group]bool{c.group(edges[0].a): true}
	for rest = edges; ; {
		var left []*found
		for _, f := range rest {
			if a, b := c.group(f.a), c.group(f.b); reached[a] || reached[b] {
				reached[a], reached[b] = true, true
				connected = append(connected, f)
			} else {
				left = append(left, f)
			}
		}
		if len(left) == len(rest) {
			return connected, rest
		}
		rest = left
	}
}

func (c *clusters) groups(edges []*found) (all []*group) {
	for _, f := range edges {
		for _, g := range []*group{c.group(f.a), c.group(f.b)} {
			if !slices.Contains(all, g) {
				all = append(all, g)
			}
		}
	}
	return all
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

// doubt takes back matches that scored hardly more than one that they exclude at the same record.
func (c *clusters) doubt(edges []*found) {
	refused := map[int32]float64{}
	for _, f := range c.refused {
		for _, x := range []int32{f.a, f.b} {
			if before, ok := refused[x]; !ok || before < f.score {
				refused[x] = f.score
			}
		}
	}
	for _, f := range edges {
		for _, x := range []int32{f.a, f.b} {
			if other, ok := refused[x]; ok && f.score-other < margin && !math.IsInf(other, 0) {
				f.object(cutTies)
			}
		}
	}
}

// list returns the groups that matches still hold together; a match across none is taken back.
func (c *clusters) list(all []found) (lists [][]int32) {
	parent := map[int32]int32{}
	var root func(x int32) int32
	root = func(x int32) int32 {
		up, ok := parent[x]
		if !ok || up == x {
			return x
		}
		top := root(up)
		parent[x] = top
		return top
	}
	for i := range all {
		if f := &all[i]; f.class == Match {
			a, b := root(f.a), root(f.b)
			parent[max(a, b)] = min(a, b)
			parent[min(a, b)] = min(a, b)
		}
	}
	at := map[int32][]int32{}
	for x := range parent {
		at[root(x)] = append(at[root(x)], x)
	}
	for _, members := range at {
		slices.Sort(members)
		lists = append(lists, members)
	}
	slices.SortFunc(lists, func(a, b []int32) int { return cmp.Compare(a[0], b[0]) })
	return lists
}
