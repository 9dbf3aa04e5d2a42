package server

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

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
