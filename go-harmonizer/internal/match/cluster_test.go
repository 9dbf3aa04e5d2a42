package match

import (
	"slices"
	"testing"
	"testing/quick"
)

func TestClustersAreCut(t *testing.T) {
	father, son := but(func(p *Person) { p.Birth = "1950-05-17" }), base
	year := but(func(p *Person) { p.Birth = "" })
	for _, c := range []struct {
		name     string
		persons  []Person
		clusters [][]int32
		reasons  []string
	}{
		{"one who may be father or son", []Person{father, year, son}, nil, []string{cutCluster, cutBirths, cutCluster}},
		{"father, son, and theirs", []Person{father, father, son, son}, [][]int32{{0, 1}, {2, 3}},
			[]string{"", cutBirths, cutBirths, cutBirths, cutBirths, ""}},
		{"two first names over an initial", []Person{but(func(p *Person) { p.First, p.MRN = "Margaret", "" }),
			but(func(p *Person) { p.First, p.MRN = "Maria", "" }), base}, nil, nil},
	} {
		r := run(t, c.persons, Options{Model: Fixed})
		var reasons []string
		for _, p := range r.Pairs {
			reasons = append(reasons, p.Reason)
		}
		if !slices.EqualFunc(r.Clusters, c.clusters, slices.Equal) || c.reasons != nil && !slices.Equal(reasons, c.reasons) {
			t.Errorf("%s: clusters %v, reasons %q", c.name, r.Clusters, reasons)
		}
	}
}

// clustersOf joins pairs of the given scores, made up, among persons.
func clustersOf(t *testing.T, persons []Person, scores map[[2]int32]float64) ([][]int32, []found) {
	t.Helper()
	p := population(t, persons, Options{})
	p.freeze()
	var all []found
	for a := range int32(len(persons)) {
		for b := a + 1; b < int32(len(persons)); b++ {
			if score, ok := scores[[2]int32{a, b}]; ok {
				all = append(all, found{a: a, b: b, class: Match, score: score})
			}
		}
	}
	lists, err := p.cluster(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return lists, all
}

func TestWeakestPairIsCut(t *testing.T) {
	father, son := Person{First: "John", Last: "Roe", Birth: "1950-05-17"}, Person{First: "John", Last: "Roe", Birth: "1980-02-03"}
	blank := Person{First: "John", Last: "Roe"}
	for _, c := range []struct {
		name     string
		persons  []Person
		scores   map[[2]int32]float64
		clusters [][]int32
		reasons  []string
	}{
		{"the stronger holds", []Person{father, blank, son}, map[[2]int32]float64{{0, 1}: 30, {1, 2}: 20}, [][]int32{{0, 1}},
			[]string{"", cutCluster}},
		{"neither is stronger", []Person{father, blank, son}, map[[2]int32]float64{{0, 1}: 30, {1, 2}: 29}, nil,
			[]string{cutTies, cutCluster}},
		{"a tie", []Person{father, blank, son}, map[[2]int32]float64{{0, 1}: 30, {1, 2}: 30}, nil, []string{cutCluster, cutCluster}},
		{"a chain is cut where it is weakest", []Person{father, blank, blank, son},
			map[[2]int32]float64{{0, 1}: 30, {1, 2}: 20, {2, 3}: 30}, [][]int32{{0, 1}, {2, 3}}, []string{"", cutCluster, ""}},
		{"doubt about one leaves others", []Person{father, blank, son, son},
			map[[2]int32]float64{{0, 1}: 31, {1, 2}: 30, {1, 3}: 30, {2, 3}: 32}, [][]int32{{2, 3}}, []string{cutTies, cutCluster, cutCluster, ""}},
		{"no contradiction", []Person{blank, son, blank}, map[[2]int32]float64{{0, 1}: 9, {1, 2}: 8}, [][]int32{{0, 1, 2}}, []string{"", ""}},
	} {
		clusters, all := clustersOf(t, c.persons, c.scores)
		var reasons []string
		for _, f := range all {
			reasons = append(reasons, f.reason)
		}
		if !slices.EqualFunc(clusters, c.clusters, slices.Equal) || !slices.Equal(reasons, c.reasons) {
			t.Errorf("%s: clusters %v, reasons %q", c.name, clusters, reasons)
		}
	}
}

// No cluster contradicts itself, whatever the pairs.
func TestClustersAgreeWithThemselves(t *testing.T) {
	kinds := []Person{{First: "John", Last: "Roe", Birth: "1950-05-17"}, {First: "John", Last: "Roe", Birth: "1980-02-03"}, {Last: "Roe"},
		{First: "J", Last: "Roe"}, {First: "Jane", Last: "Roe", Suffix: "Jr"}, {First: "John", Last: "Roe", Suffix: "Sr"},
		{First: "John", Last: "Roe", SSN: "123-45-6789", SSNValid: true}, {First: "John", Last: "Roe", SSN: "987-65-4321", SSNValid: true},
		{First: "Zoe", Last: "Coe", Birth: "1980"}, {First: "Roe", Last: "John", Birth: "1980"}}
	check := func(picks []uint8, scores []uint8) bool {
		picks = picks[:min(len(picks), 30)]
		var persons []Person
		for _, n := range picks {
			persons = append(persons, kinds[int(n)%len(kinds)])
		}
		given, n := map[[2]int32]float64{}, 0
		for a := range int32(len(persons)) {
			for b := a + 1; b < int32(len(persons)) && n < len(scores); b++ {
				if n++; scores[n-1]%3 > 0 {
					given[[2]int32{a, b}] = float64(scores[n-1] % 16)
				}
			}
		}
		clusters, all := clustersOf(t, persons, given)
		return consistent(t, persons, clusters) && !slices.ContainsFunc(all, func(f found) bool { return (f.class == Match) != (f.reason == "") })
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 300}); err != nil {
		t.Error(err)
	}
}

func consistent(t *testing.T, persons []Person, clusters [][]int32) bool {
	t.Helper()
	p := population(t, persons, Options{})
	p.freeze()
	for _, members := range clusters {
		if len(members) < 2 || !slices.IsSorted(members) {
			return false
		}
		for i, x := range members {
			for _, y := range members[:i] {
				if l := p.compare(x, y); p.conflict(x, y, &l) != "" {
					return false
				}
			}
		}
	}
	return true
}
