package entity

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.json
var files embed.FS

// order is that of section 2; each name is a file in data.
var order = []string{"patient", "lab_result", "vital", "medication", "imaging_study", "encounter", "condition", "generic"}

// library is all data, read once and never changed.
type library struct {
	entities []*Entity
	general  map[string]bool // keys too general to score (rule MAP-2)
}

var book = sync.OnceValue(func() *library {
	l := &library{general: map[string]bool{}}
	var general []string
	read("general_keys", &general)
	for _, key := range general {
		l.general[key] = true
	}
	for _, name := range order {
		e := new(Entity)
		read(name, e)
		e.complete()
		l.entities = append(l.entities, e)
	}
	return l
})

// read panics when the embedded file is broken: a bug that every start would meet.
func read(name string, into any) {
	text, err := files.ReadFile("data/" + name + ".json")
	if err != nil {
		panic(fmt.Errorf("entity data: %w", err))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		panic(fmt.Errorf("entity data %s: %w", name, err))
	}
}

// complete works out what follows from the data.
func (e *Entity) complete() {
	for i := range e.Fields {
		f := &e.Fields[i]
		if !f.Derived() && !slices.Contains([]string{"id", "string", "text"}, f.Type) {
			f.SourceColumn = true // The exceptions among strings are marked in the data.
		}
	}
	e.names = indexNames(e)
	e.similar = similarNames(e)
}

// UnmarshalJSON reads "key" or {"key": …, "when": …}.
func (a *Alias) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &a.Key) == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	type plain Alias
	return d.Decode((*plain)(a))
}

// MarshalJSON writes what UnmarshalJSON reads.
func (a Alias) MarshalJSON() ([]byte, error) {
	if a.When == "" {
		return json.Marshal(a.Key)
	}
	return json.Marshal(map[string]string{"key": a.Key, "when": a.When})
}

// Copy returns the entity without anything shared, for an API to hand out.
func (e *Entity) Copy() Entity {
	var c Entity
	text, err := json.Marshal(e)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		panic(fmt.Errorf("copy entity %s: %w", e.Name, err)) // It was read from JSON.
	}
	return c
}

// hasToken tells that one of the words of a file name speaks for the entity.
func (e *Entity) hasToken(words []string) bool {
	for _, token := range e.FileTokens {
		prefix, open := strings.CutSuffix(token, "*")
		if slices.ContainsFunc(words, func(w string) bool { return w == token || open && strings.HasPrefix(w, prefix) }) {
			return true
		}
	}
	return false
}
