package cross

import "context"

// judgePersons merges the members that share their key or their cluster, in any chain of both. Those of an identifier that belongs to
// different persons are left out (rule DED-3).
func (s *Shape) judgePersons(ctx context.Context, group []*Member, rules *Rules) []Verdict {
	var all []Verdict
	var rest []*Member
	for _, same := range by(group, (*Member).key) {
		if collisions := s.collideIfKeyed(ctx, same); collisions != nil {
			all = append(all, collisions...)
			continue
		}
		rest = append(rest, same...)
	}
	for _, one := range join(rest, rules.Clusters) {
		if len(one) > 1 {
			all = append(all, s.Merge(one, rules.Priority)...)
		}
	}
	return all
}

// collideIfKeyed is collide for members that have a key; those without one share nothing.
func (s *Shape) collideIfKeyed(ctx context.Context, same []*Member) []Verdict {
	if same[0].Key == "" || len(same) == 1 {
		return nil
	}
	return s.collide(ctx, same)
}

// join parts members into those that hang together by key or cluster, each in the order of output, by their first.
func join(members []*Member, clusters map[int64]int) [][]*Member {
	parent := make([]int, len(members))
	find := func(i int) int {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	byKey, byCluster := map[string]int{}, map[int]int{}
	for i, m := range members {
		parent[i] = i
		if m.Key != "" {
			link(byKey, m.Key, i, parent, find)
		}
		if c := clusters[m.Order]; c > 0 {
			link(byCluster, c, i, parent, find)
		}
	}
	var out [][]*Member
	at := map[int]int{}
	for i, m := range members {
		root := find(i)
		n, known := at[root]
		if !known {
			n = len(out)
			at[root], out = n, append(out, nil)
		}
		out[n] = append(out[n], m)
	}
	return out
}

// link joins a member to the one that bore the name before.
func link[K comparable](names map[K]int, name K, i int, parent []int, find func(int) int) {
	if other, known := names[name]; known {
		parent[find(i)] = find(other)
		return
	}
	names[name] = i
}
