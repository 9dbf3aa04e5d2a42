package match

import (
	"cmp"
	"slices"
)

// connected sorts pairs by the groups that hang together through them.
func (c *clusters) connected(edges []*found) (sets [][]*found) {
	parent := map[*group]*group{}
	root := func(g *group) *group {
		for parent[g] != nil {
			if above := parent[parent[g]]; above != nil {
				parent[g] = above
			}
			g = parent[g]
		}
		return g
	}
	for _, f := range edges {
		if a, b := root(c.group(f.a)), root(c.group(f.b)); a != b {
			parent[a] = b
		}
	}
	at := map[*group]int{}
	for _, f := range edges {
		top := root(c.group(f.a))
		n, ok := at[top]
		if !ok {
			n = len(sets)
			at[top], sets = n, append(sets, nil)
		}
		sets[n] = append(sets[n], f)
	}
	return sets
}

func (c *clusters) groups(edges []*found) (all []*group) {
	seen := map[*group]bool{}
	for _, f := range edges {
		for _, g := range []*group{c.group(f.a), c.group(f.b)} {
			if !seen[g] {
				seen[g], all = true, append(all, g)
			}
		}
	}
	return all
}

// list returns the sets of records that matches hold together.
func list(all []found) (lists [][]int32) {
	above := map[int32]int32{}
	root := func(x int32) int32 {
		for above[x] != x {
			above[x] = above[above[x]]
			x = above[x]
		}
		return x
	}
	for i := range all {
		if f := &all[i]; f.class == Match {
			for _, x := range []int32{f.a, f.b} {
				if _, ok := above[x]; !ok {
					above[x] = x
				}
			}
			a, b := root(f.a), root(f.b)
			above[max(a, b)] = min(a, b)
		}
	}
	sets := map[int32][]int32{}
	for x := range above {
		sets[root(x)] = append(sets[root(x)], x)
	}
	for _, members := range sets {
		slices.Sort(members)
		lists = append(lists, members)
	}
	slices.SortFunc(lists, func(a, b []int32) int { return cmp.Compare(a[0], b[0]) })
	return lists
}
