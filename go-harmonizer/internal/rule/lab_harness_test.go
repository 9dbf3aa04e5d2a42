package rule

import (
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// labFields are the fields that the rules of labs read and write, in an order in which each comes after those it reads.
var labFields = []string{"value_number", "value_comparator", "value_text", "value_code", "reference_low_exclusive",
	"reference_high_exclusive", "loinc_inferred", "_unit", "_loinc", "_converted", "value_comparator._comparator", "loinc_code",
	"test_name", "specimen_type", "unit", "_analyte", "result_value", "reference_low", "reference_high", "reference_range",
	"abnormal_flag", "status"}

// labDerived are those without rules of their own.
const labDerived = 11

// labBench computes lab records as a plan does: field after field, what is derived replacing what was there.
type labBench struct {
	chains  []Chain
	evals   []*Evaluator
	arena   Arena
	records []*RowRunner
	counted []*Counters // by chain
}

// openLabs makes a bench. key is the header's key of the column of results; weigh are results to weigh.
func openLabs(t testing.TB, harmonized bool, key string, weigh ...string) *labBench {
	t.Helper()
	b := &labBench{}
	for i, field := range labFields {
		c := column(t, "lab_result", field, nil)
		c.Harmonized, c.PassThrough = harmonized, false
		chain := Chain{Column: c}
		switch {
		case field == "_analyte":
			c.Type = "code"
			chain.Standardizer = []*Standardizer{&measured}
		case i >= labDerived:
			chain = chainOf(t, c)
		}
		if field == "result_value" {
			c.Key = key
			if !harmonized && len(weigh) > 0 {
				(&bench{t: t, chain: chain}).weigh(weigh)
			}
		}
		b.chains = append(b.chains, chain)
		b.counted = append(b.counted, NewCounters())
		b.evals = append(b.evals, NewEvaluator(chain, Hygiene(), b.counted[i], false))
	}
	for _, r := range []*RecordRule{&boundCheck, &flagCheck} {
		slots := make([]int, len(r.Fields))
		for i, f := range r.Fields {
			slots[i] = slices.Index(labFields, f)
		}
		b.records = append(b.records, NewRowRunner(r, &File{Entity: "lab_result"}, params(), slots, &b.arena))
	}
	return b
}

// labOut is what a record became.
type labOut struct {
	fields map[string]string // non-null fields of the output
	issues []string          // "field rule severity", sorted
	values map[string]*record.Value
}

// run computes a record.
func (b *labBench) run(cells map[string]string) labOut {
	b.arena.Reset()
	values := make([]*record.Value, len(labFields))
	for i := range values {
		values[i] = record.Null
	}
	out := labOut{fields: map[string]string{}, values: map[string]*record.Value{}}
	report := func(field string, findings []record.Finding) {
		for _, f := range findings {
			if f.Severity == 0 {
				continue
			}
			if f.Field == "" {
				f.Field = field
			}
			out.issues = append(out.issues, f.Field+" "+f.Rule+" "+letter(f.Severity))
		}
	}
	for i, field := range labFields {
		pick := func(names []string) []*record.Value {
			picked := make([]*record.Value, len(names))
			for k, n := range names {
				picked[k] = record.Null
				if at := slices.Index(labFields, n); at >= 0 && at < i {
					picked[k] = values[at]
				}
			}
			return picked
		}
		v := b.evals[i].Eval([]byte(cells[field]), pick(b.chains[i].Peers()), pick(b.chains[i].Sources()), &b.arena)
		values[i] = v
		report(field, v.Findings)
		for k, name := range b.chains[i].Derives() {
			if len(v.Derived) > 0 && v.Derived[k] != nil {
				values[slices.Index(labFields, name)] = v.Derived[k]
			}
		}
	}
	for _, r := range b.records {
		columns := make([][]*record.Value, len(labFields))
		for i := range values {
			columns[i] = values[i : i+1]
		}
		for _, f := range r.Run(columns, 0, -1) {
			report(labFields[r.Slots()[f.Field]], []record.Finding{f.Finding})
		}
	}
	for i, field := range labFields {
		out.values[field] = values[i]
		if values[i].Text != nil && field[0] != '_' && !strings.Contains(field, "._") {
			out.fields[field] = string(values[i].Text)
		}
	}
	slices.Sort(out.issues)
	return out
}

// cellsOf reads "field=text; field=text"; v, u, t, l, r, f stand for the fields that are used most.
func cellsOf(text string) map[string]string {
	short := map[string]string{"v": "result_value", "u": "unit", "t": "test_name", "l": "loinc_code", "r": "reference_range",
		"f": "abnormal_flag", "s": "specimen_type", "lo": "reference_low", "hi": "reference_high", "n": "value_number",
		"c": "value_comparator", "x": "value_text", "q": "value_code", "xlo": "reference_low_exclusive",
		"xhi": "reference_high_exclusive", "i": "loinc_inferred", "mod": "value_comparator._comparator"}
	cells := map[string]string{}
	for _, part := range strings.Split(text, "; ") {
		name, cell, _ := strings.Cut(part, "=")
		if long, ok := short[name]; ok {
			name = long
		}
		cells[name] = cell
	}
	delete(cells, "")
	return cells
}

// labExample is a record, the fields it must become (those named; "" for null), and all its issues but information.
type labExample struct{ in, want, issues string }

// checkLabs runs the examples, and the outputs again as a harmonized file: to the byte the same, not one field more or less.
func checkLabs(t *testing.T, examples []labExample) {
	t.Helper()
	first, second := openLabs(t, false, "result_value"), openLabs(t, true, "result_value")
	for _, e := range examples {
		out := first.run(cellsOf(e.in))
		for field, want := range cellsOf(e.want) {
			if got := out.fields[field]; got != want {
				t.Errorf("%s: %s is %q, want %q", e.in, field, got, want)
			}
		}
		if got := out.loud(); got != e.issues {
			t.Errorf("%s: issues %q, want %q", e.in, got, e.issues)
		}
		checkAgain(t, second, e.in, out)
	}
}

// loud are the issues but information.
func (o labOut) loud() string {
	var all []string
	for _, i := range o.issues {
		if !strings.HasSuffix(i, " I") {
			all = append(all, i)
		}
	}
	return strings.Join(all, ", ")
}

// checkAgain harmonizes an output once more.
func checkAgain(t *testing.T, second *labBench, in string, out labOut) {
	t.Helper()
	again := second.run(out.fields)
	for _, field := range labFields {
		if again.fields[field] != out.fields[field] {
			t.Errorf("%s: %s was %q and became %q the second time", in, field, out.fields[field], again.fields[field])
		}
	}
}

func peersOf(names []string, cells map[string]string) []*record.Value {
	values := make([]*record.Value, len(names))
	for i, n := range names {
		values[i] = record.Null
		if text, ok := cells[n]; ok {
			values[i] = &record.Value{Text: []byte(text), Clean: []byte(text), Outcome: record.OK}
		}
	}
	return values
}

func derivedFor(c Chain) []*record.Value { return make([]*record.Value, len(c.Derives())) }
