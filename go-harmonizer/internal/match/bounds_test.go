package match

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
)

// crowd makes persons of few names and many birth dates.
func crowd(n int) (all []Person) {
	for i := range n {
		all = append(all, Person{First: fmt.Sprintf("Given%d", i%40), Last: fmt.Sprintf("Family%d", i%90),
			Birth: fmt.Sprintf("%d-%02d-%02d", 1930+i%83, 1+i%12, 1+i%28), Zip: fmt.Sprintf("%05d", 10000+i%50), Address: fmt.Sprint(i, " Main")})
	}
	return all
}

func TestLargeBlocksAreSkippedAndCounted(t *testing.T) {
	var persons []Person
	for i := range 30 {
		persons = append(persons, Person{First: "Ann", Last: fmt.Sprintf("L%c%c", 'a'+i%26, 'a'+i), Birth: "1980-02-03"})
	}
	r := run(t, persons, Options{MaxBlock: 29})
	if want := []Skipped{{"C birth_date", 1, 30}}; len(r.SkippedBlocks) != 1 || r.SkippedBlocks[0] != want[0] || r.Compared != 0 {
		t.Errorf("%+v, %d compared", r.SkippedBlocks, r.Compared)
	}
	if r := run(t, persons, Options{MaxBlock: 30}); len(r.SkippedBlocks) != 0 || r.Compared != 30*29/2 {
		t.Errorf("%+v, %d compared", r.SkippedBlocks, r.Compared)
	}
}

func TestPairsAreComparedOnce(t *testing.T) {
	r := run(t, []Person{base, base, base}, Options{})
	if r.Compared != 3 || len(r.Pairs) != 3 || len(r.Clusters) != 1 || len(r.Clusters[0]) != 3 {
		t.Errorf("%+v", r)
	}
}

func TestBounds(t *testing.T) {
	p := New(Options{MaxPersons: 1})
	if err := p.Add(base); err != nil {
		t.Fatal(err)
	}
	wantBound(t, p.Add(base), "MaxPersons")
	_, err := population(t, []Person{base, base, base}, Options{MaxPairs: 2}).Match(context.Background())
	wantBound(t, err, "MaxPairs")
}

func wantBound(t *testing.T, err error, bound string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Exhausted || f.Bound != bound || !strings.Contains(err.Error(), bound) {
		t.Errorf("%v, want an error that names %s", err, bound)
	}
}

func TestWeakestReviewsAreLeftOut(t *testing.T) {
	var persons []Person
	for i := range 40 {
		persons = append(persons, Person{First: []string{"Jonathan", "Jonathon"}[i%2], Last: []string{"Fernandez", "Fernandes"}[i/2%2]})
	}
	all := run(t, persons, Options{Model: Fixed})
	some := run(t, persons, Options{Model: Fixed, MaxPairs: 300})
	least := math.Inf(1)
	for _, p := range some.Pairs {
		least = min(least, p.Score)
	}
	stronger := 0
	for _, p := range all.Pairs {
		if p.Score >= least {
			stronger++
		}
	}
	if len(all.Pairs) != 40*39/2 || all.LeftOut != 0 || len(some.Pairs) != 180 || stronger != 180 || int(some.LeftOut)+180 != len(all.Pairs) {
		t.Errorf("%d in all, %d kept of %d as strong, %d left out", len(all.Pairs), len(some.Pairs), stronger, some.LeftOut)
	}
}

func TestFallBack(t *testing.T) {
	for _, c := range []struct {
		why     string
		persons []Person
	}{{"too few pairs share a block", make([]Person, 1000)}, {"what looks like one person does not agree in name and birth date", strangers(1000)}} {
		r := run(t, c.persons, Options{})
		if p := r.Parameters; p.Model != Fixed || p.Asked != Auto || p.Fallback != c.why || len(p.Fields) != len(fixedFields) {
			t.Errorf("%s: %+v", c.why, p)
		}
	}
	if r := run(t, strangers(999), Options{}); r.Parameters.Model != Fixed || r.Parameters.Fallback != "" {
		t.Errorf("a small file: %+v", r.Parameters)
	}
	if r := run(t, nil, Options{Model: Estimated}); r.Parameters.Model != Fixed || len(r.Pairs) != 0 {
		t.Errorf("nobody: %+v", r)
	}
}

// strangers makes persons who share birth dates and nothing else.
func strangers(n int) (all []Person) {
	letter := func(n int) string { return string(rune('a' + n%26)) }
	for i := range n {
		all = append(all, Person{First: letter(i) + letter(i/26) + letter(i*7) + letter(i*3), Last: letter(i*11) + letter(i/26*5) + letter(i/3) + letter(i*17),
			Birth: fmt.Sprintf("1980-01-%02d", 1+i%28)})
	}
	return all
}

func TestCancel(t *testing.T) {
	var persons []Person
	for i := range 40_000 {
		person := base
		person.First, person.Birth, person.Phone = fmt.Sprintf("N%d", i), fmt.Sprintf("%d-01-%02d", 1930+i%80, 1+i%28), ""
		person.Zip = fmt.Sprintf("%05d", i%60)
		persons = append(persons, person)
	}
	for _, model := range []Model{Fixed, Estimated} {
		for _, after := range []time.Duration{0, 20 * time.Millisecond, 300 * time.Millisecond} {
			p := population(t, persons, Options{Model: model})
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan time.Time, 1)
			timer := time.AfterFunc(after, func() { cancel(); ended <- time.Now() })
			_, err := p.Match(ctx)
			took := time.Since(<-ended)
			timer.Stop()
			if !errors.Is(err, context.Canceled) || took > 200*time.Millisecond*slowness {
				t.Errorf("%v, after %v: %v, %v later", model, after, err, took)
			}
		}
	}
}

func TestTasksOfTheCaller(t *testing.T) {
	tasks := 0
	r := run(t, crowd(1200), Options{Model: Fixed, Workers: 1, Go: func(task func()) { tasks++; task() }})
	if tasks == 0 || r.Compared == 0 {
		t.Errorf("%d tasks, %d pairs", tasks, r.Compared)
	}
}
