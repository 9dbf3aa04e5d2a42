package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/cross"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipelinetest"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// sheet is a file whose rows may be put in another order. Rows of the same kind are exact duplicates once they are standardized: which
// of them stays is the one thing that may depend on the order.
type sheet struct {
	name, header string
	rows         []string
	kinds        []string
}

func (s *sheet) add(kind, row string) {
	s.rows, s.kinds = append(s.rows, row), append(s.kinds, kind)
}

// shuffled puts rows and files in another order.
func shuffled(dice *rand.Rand, all []sheet) (out []sheet) {
	for _, s := range all {
		c := sheet{name: s.name, header: s.header}
		for _, i := range dice.Perm(len(s.rows)) {
			c.rows, c.kinds = append(c.rows, s.rows[i]), append(c.kinds, s.kinds[i])
		}
		out = append(out, c)
	}
	dice.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func filesOf(all []sheet) (files []pipelinetest.File) {
	for _, s := range all {
		files = append(files, pipelinetest.File{Name: s.name, Bytes: []byte(s.header + "\n" + strings.Join(s.rows, "\n") + "\n")})
	}
	return files
}

// orderSheets have no ties: every record says when it was updated, and no two of a person at the same time; groups of conflicting values are pairs
// or more, of which the star is not compared but what hangs together. Estimated weights are left out: matching is by those of the book.
func orderSheets(seed uint64, n int) []sheet {
	dice := rand.New(rand.NewPCG(seed, 21))
	a := sheet{name: "a.csv", header: "patient_id,mrn,first_name,last_name,dob,sex,address,city,state,zip,phone,updated_at"}
	b := a
	b.name = "b.csv"
	for k := range n {
		first := [...]string{"Ann", "Robert", "Zoe", "Maria", "John", "Hugh"}[dice.IntN(6)]
		last := [...]string{"Mc", "Fitz", "Van", "O", "De", "Ster", "Bal", "Hurl", "Quim", "Zan", "Pry"}[k%11] +
			[...]string{"Ruiz", "kim", "fox", "adams", "brand", "dow", "ley", "ghton", "esta"}[k/11%9] // Of its own.
		row := func(id int, first, phone string, year, day int) string {
			return fmt.Sprintf("P%d,M%d,%s,%s,%d-%02d-%02d,%s,%d Main St,Boston,MA,%05d,%s,2024-%02d-%02d", id, 7000+k, first, last, 1930+year, 1+k%12, 1+k%28,
				[...]string{"F", "M"}[k%2], k, 10000+k%7, phone, 1+day%12, 1+day%28)
		}
		to := []*sheet{&a, &b}[dice.IntN(2)]
		to.add(fmt.Sprint("P", k), row(k, first, "", k%60, 1))
		switch dice.IntN(7) {
		case 0: // Twice, once in other words.
			again := strings.NewReplacer(",F,", ",female,", ",M,", " , Male,").Replace(row(k, strings.ToUpper(first), "", k%60, 1))
			[]*sheet{&a, &b}[dice.IntN(2)].add(fmt.Sprint("P", k), again)
		case 1: // The same key, with more to say.
			[]*sheet{&a, &b}[dice.IntN(2)].add(fmt.Sprint("P", k, "+"), row(k, first, "405-901-4744", k%60, 2))
			to.add(fmt.Sprint("P", k, "++"), row(k, first, "405-901-4745", k%60, 3))
		case 2: // Another person under the number, perhaps a third.
			[]*sheet{&a, &b}[dice.IntN(2)].add(fmt.Sprint("P", k, "-"), row(k, "Xenia", "", (k+31)%60, 4))
			to.add(fmt.Sprint("P", k, "--"), row(k, "Quentin", "", (k+17)%60, 5))
		case 3: // Almost the same under another number.
			[]*sheet{&a, &b}[dice.IntN(2)].add(fmt.Sprint("P", k, "~"), row(k+1000, first+"e", "", k%60, 6))
		}
	}
	labs := sheet{name: "labs.csv", header: "result_id,patient_id,test_name,result_value,unit,collected_at,status"}
	for k := range n {
		row := func(id string, value int, status string) string {
			return fmt.Sprintf("%s,P%d,Glucose,%d,mg/dL,2024-03-%02dT%02d:00:00Z,%s", id, k, value, 1+k%28, k%24, status)
		}
		id := fmt.Sprint("R", k)
		labs.add(id, row(id, 90, "final"))
		switch dice.IntN(5) {
		case 0:
			labs.add(id, row(id, 90, "FINAL"))
		case 1:
			labs.add(id+"!", row(id+"x", 95, "final"))
		case 2:
			labs.add(id+"<", row(id, 95, "preliminary"))
		case 3:
			labs.add(id+"!", row(id+"x", 95, "final"))
			labs.add(id+"!!", row(id+"y", 99, "final"))
		}
	}
	return []sheet{a, b, labs}
}

// findings are what a comparison of records found, in words that name kinds of rows, sorted.
type comparisons struct {
	contents, collisions, conflicts, superseded, pairs, clusters []string
}

// marks are columns that name records, or say what came from which of two that are equal.
func isMark(field string) bool {
	return slices.Contains([]string{"record_no", "record_status", "collision_group", "superseded_by", "panel_id"}, field) || strings.HasSuffix(field, "_source")
}

func compareSheets(t *testing.T, all []sheet, change func(*pipeline.Job)) comparisons {
	t.Helper()
	job := operating(plan.Harmonize, func(j *pipeline.Job) {
		change(j)
		j.Format = encode.NDJSON
	})
	result, sink := do(t, job, filesOf(all), how{})
	n := namer{all}
	var out comparisons
	groups, links := map[string][]string{}, [][2]string{}
	for _, part := range result.Report.Entities {
		for _, row := range objects(t, sink.Files[part.Artifact]) {
			kind := n.kind(part.File, text(row["record_no"]))
			if mark := text(row["collision_group"]); mark != "" {
				groups[n.marked(part.File, mark)] = append(groups[n.marked(part.File, mark)], kind)
			}
			if mark := text(row["superseded_by"]); mark != "" {
				out.superseded = append(out.superseded, kind+" by "+n.marked(part.File, mark))
			}
			maps.DeleteFunc(row, func(field string, _ cell) bool { return isMark(field) })
			content, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			out.contents = append(out.contents, string(content))
		}
	}
	for _, group := range groups {
		slices.Sort(group)
		out.collisions = append(out.collisions, fmt.Sprint(group))
	}
	for _, row := range objects(t, sink.Files["issues.ndjson"]) {
		if text(row["rule_id"]) == "DED-4" && strings.HasPrefix(text(row["message"]), "another value") {
			links = append(links, [2]string{n.kind(text(row["file"]), text(row["record_no"])), n.named(text(row["file"]), text(row["message"]))})
		}
	}
	out.conflicts = together(links)
	out.pairs, out.clusters = n.matches(t, sink)
	for _, list := range []*[]string{&out.contents, &out.collisions, &out.superseded, &out.pairs} {
		slices.Sort(*list)
	}
	return out
}

// namer names records by the kinds of their rows.
type namer struct{ all []sheet }

func (n namer) kind(file, number string) string {
	i, err := strconv.Atoi(number)
	for _, s := range n.all {
		if s.name == file && err == nil && 0 < i && i <= len(s.kinds) {
			return s.kinds[i-1]
		}
	}
	return fmt.Sprintf("no record %s of %s", number, file)
}

// marked reads a mark: a number, or file:number where records are of several files.
func (n namer) marked(file, mark string) string {
	if ordinal, number, ok := strings.Cut(mark, ":"); ok {
		i, _ := strconv.Atoi(ordinal)
		return n.kind(n.all[i-1].name, number)
	}
	return n.kind(file, mark)
}

var recordOf = regexp.MustCompile(`record (\d+)(?: of "([^"]+)")?`)

// named reads the record that a message names.
func (n namer) named(file, message string) string {
	m := recordOf.FindStringSubmatch(message)
	if m == nil {
		return "nobody in " + message
	}
	if m[2] != "" {
		file = m[2]
	}
	return n.kind(file, m[1])
}

// matches returns pairs, with what they scored, and which records are in one cluster.
func (n namer) matches(t *testing.T, s *pipelinetest.Sink) (pairs, clusters []string) {
	var links [][2]string
	for line := range strings.Lines(string(s.Files["matches.ndjson"])) {
		var p struct {
			Class string
			Score float64
			Reason,
			Pass *string
			Cluster *int
			A, B    struct {
				File   string
				Record int64 `json:"record_no"`
			}
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		both := [2]string{n.kind(p.A.File, fmt.Sprint(p.A.Record)), n.kind(p.B.File, fmt.Sprint(p.B.Record))}
		slices.Sort(both[:])
		pairs = append(pairs, fmt.Sprint(both, " ", p.Class, " ", p.Score, " ", text(p.Reason), " ", text(p.Pass)))
		if p.Cluster != nil {
			links = append(links, both)
		}
	}
	return pairs, together(links)
}

// together are the groups that hang together by links, sorted.
func together(links [][2]string) (all []string) {
	of := map[string]map[string]bool{}
	for _, l := range links {
		both := map[string]bool{l[0]: true, l[1]: true}
		for _, side := range l {
			maps.Copy(both, of[side])
		}
		for member := range both {
			of[member] = both
		}
	}
	seen := map[string]bool{}
	for _, group := range of {
		if words := fmt.Sprint(slices.Sorted(maps.Keys(group))); !seen[words] {
			seen[words], all = true, append(all, words)
		}
	}
	slices.Sort(all)
	return all
}

// What comparisons find does not depend on the order of rows and files, but for which of equal records stays and bears the mark.
func TestComparisonsDoNotDependOnTheOrder(t *testing.T) {
	bySeed(t, seeds/4+1, func(t *testing.T, seed uint64) {
		sheets, dice := orderSheets(seed, records/4), rand.New(rand.NewPCG(seed, 22))
		for name, change := range map[string]func(*pipeline.Job){
			"report, match": func(j *pipeline.Job) { j.Policy, j.Match = cross.Report, true },
			"merge":         func(j *pipeline.Job) { j.Policy = cross.Merge },
			"match, merge":  func(j *pipeline.Job) { j.Policy, j.Match = cross.Merge, true },
			"trusted":       func(j *pipeline.Job) { j.Policy, j.Priority = cross.Merge, []string{"b.csv", "a.csv"} },
		} {
			t.Run(name, func(t *testing.T) {
				want := compareSheets(t, sheets, change)
				if len(want.collisions) == 0 || len(want.conflicts) == 0 || len(want.superseded) == 0 || strings.Contains(name, "match") && len(want.pairs) == 0 {
					t.Fatalf("nothing to compare: %+v", want)
				}
				for range 3 {
					got := compareSheets(t, shuffled(dice, sheets), change)
					for what, both := range map[string][2][]string{"contents": {want.contents, got.contents}, "collisions": {want.collisions, got.collisions},
						"conflicts": {want.conflicts, got.conflicts}, "superseded": {want.superseded, got.superseded}, "pairs": {want.pairs, got.pairs},
						"clusters": {want.clusters, got.clusters}} {
						if !slices.Equal(both[0], both[1]) {
							t.Errorf("other %s (%d and %d)\n%s", what, len(both[0]), len(both[1]),
								pipelinetest.Differ([]byte(strings.Join(both[0], "\n")), []byte(strings.Join(both[1], "\n"))))
						}
					}
				}
			})
		}
	})
}
