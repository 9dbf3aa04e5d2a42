package pipelinetest

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

const module = "github.com/open-harmonizer/harmonizer/"

// ranks are the packages from left to right: imports point left, and neighbours do not import each other.
var ranks = [][]string{
	{"record", "fault", "offheap"},
	{"scratch", "compress", "charset", "decimal", "calendar", "similar", "pool", "dedup", "format/csvfmt", "format/ndjsonfmt"},
	{"ucum", "entity", "terminology", "profile"},
	{"rule"},
	{"plan", "match"},
	{"encode", "cross", "report", "deid"},
	{"pipeline"},
	{"pipelinetest", "server", "matchtest"},
	{"cmd/harmonizerd", "cmd/genpatients"},
}

func rankOf(t *testing.T, path string) int {
	t.Helper()
	name := strings.TrimPrefix(strings.TrimPrefix(path, module+"go-harmonizer/"), "internal/")
	for i, names := range ranks {
		if slices.Contains(names, name) {
			return i
		}
	}
	t.Errorf("%s has no place in the order of imports: give it one here", path)
	return -1
}

// packages returns what each of our packages imports, tests not counted.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./go-harmonizer/...")
	cmd.Dir = Root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p.Imports
	}
	return all
}

func TestImportsPointLeft(t *testing.T) {
	all := packages(t)
	if len(all) < 20 {
		t.Fatalf("only %d packages were found", len(all))
	}
	for path, imports := range all {
		own := rankOf(t, path)
		for _, other := range imports {
			if strings.HasPrefix(other, module+"gen/go") && path != module+"go-harmonizer/internal/server" {
				t.Errorf("%s imports the generated stubs; only the server may", path)
			}
			if strings.HasPrefix(other, module+"go-harmonizer/") && rankOf(t, other) >= own {
				t.Errorf("%s imports %s, which stands beside it or to its right", path, other)
			}
		}
	}
}

var ruleLiteral = regexp.MustCompile(`"((?:STD|VAL|MAP|DED|NULL|SEC|DQ)-[A-Z0-9]+(?:-[0-9]+)?)"`)

// Every rule that a finding may name is a row of the table, or ListRules and the report would not know it.
func TestRulesOfFindingsAreInTheTable(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(filepath.Join(Root(t), "go-harmonizer"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range ruleLiteral.FindAllStringSubmatch(string(text), -1) {
			seen++
			if _, ok := rule.ByID(m[1]); !ok {
				t.Errorf("%s names %s, which is no row of the table of rules", filepath.Base(path), m[1])
			}
		}
		return err
	})
	if err != nil || seen < 100 {
		t.Fatalf("%d rules were named: %v", seen, err)
	}
}

// A row of the table stands for one rule.
func TestRulesAreInTheTableOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rule.Table() {
		if seen[r.ID] {
			t.Errorf("%s is in the table twice", r.ID)
		}
		seen[r.ID] = true
	}
}
