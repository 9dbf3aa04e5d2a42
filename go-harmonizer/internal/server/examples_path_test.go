package server

import (
	"strconv"
	"strings"
	"testing"
)

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
