package server

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// exampleWant is what a case expects; what it does not name is not looked at.
type exampleWant struct {
	// Rows and Absent are of the file's own clean artifact, Clean and Artifacts of others by their names.
	Rows      []fields            `json:"rows"`
	Absent    []json.Number       `json:"absent"`
	Clean     map[string][]fields `json:"clean"`
	Artifacts map[string]fields   `json:"artifacts"`
	// Issues have to occur, None must not.
	Issues []fields `json:"issues"`
	None   []fields `json:"none"`
	// Accounting, Entity and Report are of report.json, Quarantined is all of quarantine.csv.
	Accounting  fields        `json:"accounting"`
	Entity      string        `json:"entity"`
	Report      fields        `json:"report"`
	Quarantined []json.Number `json:"quarantined"`
	// Refused is the reason of the status that ends the stream, and behind a colon part of its message.
	Refused string `json:"refused"`
}

// fields are some columns of a row, or keys of an issue. A list stands for any of its members.
type fields map[string]any

func (w *exampleWant) empty() bool {
	return len(w.Rows)+len(w.Absent)+len(w.Clean)+len(w.Artifacts)+len(w.Issues)+len(w.None)+len(w.Accounting)+len(w.Entity)+
		len(w.Report)+len(w.Quarantined)+len(w.Refused) == 0
}

func (w *exampleWant) check(t *testing.T, files map[string][]byte, err error) {
	t.Helper()
	if w.empty() {
		t.Fatal("the case expects nothing")
	}
	if err != nil || w.Refused != "" {
		reason, part, _ := strings.Cut(w.Refused, ": ")
		if err == nil || refused(err).Reason != reason || !strings.Contains(refused(err).Message, part) {
			t.Errorf("want refused %q, got %v", w.Refused, err)
		}
		return
	}
	own := "clean.ndjson"
	if _, ok := files[own]; !ok {
		own = "clean.csv"
	}
	w.checkRows(t, own, files[own])
	for name, rows := range w.Clean {
		containsRows(t, name, linesOf(t, name, files[name]), rows)
	}
	w.checkIssues(t, linesOf(t, "issues.ndjson", files["issues.ndjson"]))
	w.checkReport(t, files["report.json"])
	w.checkQuarantine(t, files["quarantine.csv"])
	for name, paths := range w.Artifacts {
		at(t, name, files[name], paths)
	}
}

func (w *exampleWant) checkRows(t *testing.T, name string, text []byte) {
	t.Helper()
	if len(w.Rows)+len(w.Absent) == 0 {
		return
	}
	rows := linesOf(t, name, text)
	containsRows(t, name, rows, w.Rows)
	for _, number := range w.Absent {
		if slices.ContainsFunc(rows, func(row fields) bool { return show(row["record_no"]) == string(number) }) {
			t.Errorf("record %s is in the output", number)
		}
	}
}

// containsRows fails for wanted rows that no row has the columns of.
func containsRows(t *testing.T, name string, rows, want []fields) {
	t.Helper()
	for _, w := range want {
		if slices.ContainsFunc(rows, func(row fields) bool { return matches(row, w) }) {
			continue
		}
		t.Errorf("%s: no row has %s", name, shown(w, w))
		for _, row := range rows {
			if w["record_no"] == nil || show(row["record_no"]) == show(w["record_no"]) {
				t.Errorf("         but %s", shown(row, w))
			}
		}
	}
}

func (w *exampleWant) checkIssues(t *testing.T, issues []fields) {
	t.Helper()
	for _, want := range w.Issues {
		if slices.ContainsFunc(issues, func(i fields) bool { return matchesIssue(i, want) }) {
			continue
		}
		t.Errorf("no issue has %s", shown(want, want))
		for _, i := range issues {
			if field := want["field"]; field == nil && i["rule_id"] == want["rule_id"] || field != nil && i["field"] == field {
				t.Errorf("     but %s: %s", shown(i, want), show(i["message"]))
			}
		}
	}
	for _, none := range w.None {
		for _, i := range issues {
			if matchesIssue(i, none) {
				t.Errorf("there must be no issue of %s, but %s", shown(none, none), shown(i, i))
			}
		}
	}
}

func (w *exampleWant) checkReport(t *testing.T, text []byte) {
	t.Helper()
	paths := maps.Clone(w.Report)
	if paths == nil {
		paths = fields{}
	}
	if w.Entity != "" {
		paths["entity"] = w.Entity
	}
	for name, n := range w.Accounting {
		paths["accounting."+name] = n
	}
	at(t, "report.json", text, paths)
}

func (w *exampleWant) checkQuarantine(t *testing.T, text []byte) {
	t.Helper()
	if w.Quarantined == nil {
		return
	}
	var got []json.Number
	for _, row := range linesOf(t, "quarantine.csv", text) {
		got = append(got, json.Number(show(row["record_no"])))
	}
	if !slices.Equal(got, w.Quarantined) {
		t.Errorf("quarantined: %v, want %v", got, w.Quarantined)
	}
}

// linesOf reads the rows of an artifact. In CSV an empty cell is null.
func linesOf(t *testing.T, name string, text []byte) []fields {
	t.Helper()
	var rows []fields
	if !strings.HasSuffix(name, ".csv") {
		for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
			if len(line) > 0 {
				rows = append(rows, decoded(t, line).(map[string]any))
			}
		}
		return rows
	}
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[min(1, len(records)):] {
		row := fields{}
		for i, cell := range record {
			if row[records[0][i]] = cell; cell == "" {
				row[records[0][i]] = nil
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// at holds the values of a JSON document to those wanted at paths such as "rules[rule_id=VAL-VIT-1,field=value].pct".
func at(t *testing.T, name string, text []byte, want fields) {
	t.Helper()
	if len(want) == 0 {
		return
	}
	document := decoded(t, text)
	for path, value := range want {
		if got, ok := walk(document, path); !ok {
			t.Errorf("%s has no %s", name, path)
		} else if !equal(got, value) {
			t.Errorf("%s: %s is %s, want %s", name, path, show(got), show(value))
		}
	}
}

// walk follows a path: names with points between them, [3] for a place in a list, [name=value,…] for the first member that has them.
func walk(v any, path string) (any, bool) {
	for path != "" {
		var step string
		if i := strings.IndexAny(path, ".["); path[0] == '[' {
			end := strings.Index(path, "]")
			step, path = path[:end+1], path[end+1:]
		} else if i < 0 {
			step, path = path, ""
		} else {
			step, path = path[:i], path[i:]
		}
		path = strings.TrimPrefix(path, ".")
		var ok bool
		if v, ok = take(v, step); !ok {
			return nil, false
		}
	}
	return v, true
}

func take(v any, step string) (any, bool) {
	if !strings.HasPrefix(step, "[") {
		object, _ := v.(map[string]any)
		member, ok := object[step]
		return member, ok
	}
	list, _ := v.([]any)
	inside := step[1 : len(step)-1]
	if place, err := strconv.Atoi(inside); err == nil {
		if place >= len(list) {
			return nil, false
		}
		return list[place], true
	}
	for _, member := range list {
		if has(member, strings.Split(inside, ",")) {
			return member, true
		}
	}
	return nil, false
}

func has(member any, conditions []string) bool {
	for _, condition := range conditions {
		path, value, _ := strings.Cut(condition, "=")
		if got, ok := walk(member, path); !ok || show(got) != value {
			return false
		}
	}
	return true
}

// matches tells whether a row has all that is wanted; a column that is not there is no null.
func matches(row, want fields) bool {
	for name, value := range want {
		if got, ok := row[name]; !ok || !equal(got, value) {
			return false
		}
	}
	return true
}

// matchesIssue is matches for an issue, where a part of the message suffices and aggregated ones have several records.
func matchesIssue(issue, want fields) bool {
	for name, value := range want {
		switch numbers, _ := issue["record_nos"].([]any); {
		case name == "message" && strings.Contains(show(issue[name]), show(value)):
		case name == "record_no" && slices.ContainsFunc(numbers, func(n any) bool { return equal(n, value) }):
		case equal(issue[name], value):
		default:
			return false
		}
	}
	return true
}

func equal(got, want any) bool {
	if list, ok := want.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return equal(got, one) })
	}
	return (got == nil) == (want == nil) && show(got) == show(want)
}

func show(v any) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(v)
}

// shown are those columns of a row that are asked for, sorted.
func shown(row, asked fields) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		value, ok := row[name]
		if !ok {
			value = "(no such column)"
		}
		all = append(all, name+"="+show(value))
	}
	return strings.Join(all, " ")
}
