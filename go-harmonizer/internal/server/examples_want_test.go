package server

import (
	"encoding/json"
	"maps"
	"slices"
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
