package rule

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// got is what a cell became, for people and tests. String is what the tables of the tests compare.
type got struct {
	Text     string // "" when null
	Null     bool
	Outcome  string
	Severity string // of the worst finding about the field: "", I, W or E
	Absent   string
	Rules    []string          // ids of the findings about the field, in order
	Notes    map[string]string // message by rule id
	Others   []string          // "field rule severity" of findings about other fields
	Derived  map[string]string // what was derived, nulls left out
	Value    *record.Value
}

// String writes "text", "text I", "text kept E", "null" or "null W unknown": the text, then what became of it unless it is
// unchanged or changed, then the worst severity, then why it is absent.
func (g got) String() string {
	parts := []string{g.Text}
	if g.Null {
		parts[0] = "null"
	}
	if g.Outcome == "kept" {
		parts = append(parts, "kept")
	}
	for _, p := range []string{g.Severity, g.Absent} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " ")
}

// asOf is the day that counts as today in tests, the one of the rule book's examples.
var asOf = Date{2026, 11, 20}

// params returns the job parameters with their defaults, changed by the functions.
func params(change ...func(*Params)) *Params {
	p := &Params{AsOf: asOf, DefaultCountry: "US"}
	for _, f := range change {
		f(p)
	}
	return p
}

// fieldSpec is what the tests read of a field in the entity's data file.
type fieldSpec struct {
	Name, Type, Event string
	Required          bool
	Std, Val          []string
}

func fieldOf(t testing.TB, entity, field string) (fieldSpec, bool) {
	t.Helper()
	text, err := os.ReadFile("../entity/data/" + entity + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Fields []fieldSpec }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(file.Fields, func(f fieldSpec) bool { return f.Name == field })
	if i < 0 {
		return fieldSpec{Name: field, Type: "text"}, false
	}
	return file.Fields[i], true
}

// column makes the column of a field; a field that the entity does not have passes through. nil params: the defaults.
func column(t testing.TB, entity, field string, p *Params) *Column {
	t.Helper()
	if p == nil {
		p = params()
	}
	spec, known := fieldOf(t, entity, field)
	c := &Column{Entity: entity, Field: field, Type: spec.Type, Event: spec.Event, Required: spec.Required, Header: field,
		Key: field, PassThrough: !known, Params: p}
	c.File = &File{Entity: entity, Columns: []*Column{c}}
	return c
}

// chainOf returns the standardizers that the entity's data file lists for the column.
func chainOf(t testing.TB, c *Column) Chain {
	t.Helper()
	spec, _ := fieldOf(t, c.Entity, c.Field)
	chain := Chain{Column: c}
	for _, id := range slices.Concat(spec.Std, spec.Val) {
		if s := standardizerOf(strings.Replace(id, "-*", "-1", 1)); s != nil {
			chain.Standardizer = append(chain.Standardizer, s)
		}
	}
	return chain
}

func standardizerOf(id string) *Standardizer {
	for _, r := range Table() {
		if r.ID == id {
			return r.Cell
		}
	}
	return nil
}

// bench is a column with its evaluator, for many cells.
type bench struct {
	t     testing.TB
	chain Chain
	eval  *Evaluator
	arena Arena
}

// open makes an evaluator of the column's chain, after weighing the texts when there are any and the column is not harmonized.
func open(t testing.TB, c *Column, weigh ...string) *bench {
	t.Helper()
	b := &bench{t: t, chain: chainOf(t, c)}
	if !c.Harmonized && len(weigh) > 0 {
		b.weigh(weigh)
	}
	b.eval = NewEvaluator(b.chain, Hygiene(), NewCounters(), false)
	return b
}

// weigh shares the texts out among two weighers and merges them, as two workers would.
func (b *bench) weigh(texts []string) {
	c := b.chain.Column
	clean := NewEvaluator(Chain{Column: c}, Hygiene(), NewCounters(), false)
	for _, s := range b.chain.Standardizer {
		if s.Weigh == nil {
			continue
		}
		one, two := s.Weigh(c), s.Weigh(c)
		for i, text := range texts {
			if v := clean.Eval([]byte(text), nil, nil, &b.arena); v.Clean != nil {
				[]Weigher{one, two}[i%2].Add(v.Clean, 1)
			}
		}
		one.Merge(two)
		c.Weigher = one
		return
	}
}

// run evaluates one cell; peers are "field=text" and serve as peers and as sources; what is not given is null.
func (b *bench) run(text string, peers ...string) got {
	pick := func(names []string) []*record.Value {
		values := make([]*record.Value, len(names))
		for i, n := range names {
			values[i] = record.Null
			for _, p := range peers {
				if name, text, ok := strings.Cut(p, "="); ok && name == n && text != "" {
					values[i] = &record.Value{Text: []byte(text), Clean: []byte(text), Outcome: record.OK}
				}
			}
		}
		return values
	}
	b.arena.Reset()
	v := b.eval.Eval([]byte(text), pick(b.chain.Peers()), pick(b.chain.Sources()), &b.arena)
	return gotOf(v, b.chain.Derives())
}

func gotOf(v *record.Value, derives []string) got {
	g := got{Text: string(v.Text), Null: v.Text == nil, Outcome: v.Outcome.String(), Absent: v.Absent.String(), Value: v,
		Severity: letter(v.Worst), Notes: map[string]string{}, Derived: map[string]string{}}
	for _, f := range v.Findings {
		switch {
		case f.Severity == 0: // counted, not reported
		case f.Field != "":
			g.Others = append(g.Others, f.Field+" "+f.Rule+" "+letter(f.Severity))
		default:
			g.Rules = append(g.Rules, f.Rule)
			g.Notes[f.Rule] = f.Message
		}
	}
	for i, d := range v.Derived {
		if d != nil {
			g.Derived[derives[i]] = string(d.Text)
		}
	}
	return g
}

func letter(s record.Severity) string { return [...]string{"", "I", "W", "E"}[s] }

// run evaluates one cell of a field on its own, without evidence. nil params: the defaults; peers are "field=text".
func run(t testing.TB, entity, field string, p *Params, text string, peers ...string) got {
	t.Helper()
	return open(t, column(t, entity, field, p)).run(text, peers...)
}

// runColumn weighs the texts, evaluates each of them and returns what they became.
func runColumn(t testing.TB, entity, field string, p *Params, texts ...string) []got {
	t.Helper()
	b := open(t, column(t, entity, field, p), texts...)
	all := make([]got, len(texts))
	for i, text := range texts {
		all[i] = b.run(text)
	}
	return all
}

// again evaluates an output as a cell of a harmonized file (rule 0.10): no evidence, and the text must come out as it went in.
func again(t testing.TB, entity, field string, p *Params, g got, peers ...string) got {
	t.Helper()
	c := column(t, entity, field, p)
	c.Harmonized = true
	second := open(t, c).run(g.Text, peers...)
	if second.Text != g.Text {
		t.Errorf("%s.%s: %q became %q the second time", entity, field, g.Text, second.Text)
	}
	return second
}

// example is one line of a table: a cell, what else the record holds, and got.String() of what it becomes.
type example struct {
	in, want string
	peers    []string
}

// check runs the examples of one field and runs each output again.
func check(t *testing.T, entity, field string, p *Params, examples []example) {
	t.Helper()
	b := open(t, column(t, entity, field, p))
	for _, e := range examples {
		g := b.run(e.in, e.peers...)
		if g.String() != e.want {
			t.Errorf("%s.%s %q %v: got %q, want %q (%v)", entity, field, e.in, e.peers, g, e.want, g.Notes)
		}
		again(t, entity, field, p, g, e.peers...)
	}
}
