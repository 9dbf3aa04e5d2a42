package entity

import (
	"slices"
	"strconv"
)

// slot is a place a column can go to: a field by its position, or after the fields a wide column by its.
type slot int

const noSlot slot = -1

// Ranks of claims on one slot; the lowest wins (rule MAP-4). Aliases follow the name in the order of the book.
const (
	rankColumnMap  = -1
	rankName       = 0
	rankWithSuffix = 1000 // a wide column with a unit comes after every plain one
)

// claim says that a key stands for a slot.
type claim struct {
	slot slot
	rank int
	when string // condition on the values, as Alias.When
	unit string // UCUM unit that the ending of a wide column names
}

// names finds what a key stands for.
type names struct {
	claims    map[string][]claim
	derived   map[string]int // derived fields by name
	sources   map[string]int // fields by the name of their _source column
	companion map[string]bool
}

func indexNames(e *Entity) names {
	n := names{map[string][]claim{}, map[string]int{}, map[string]int{}, map[string]bool{}}
	for i := range e.Fields {
		f := &e.Fields[i]
		for _, c := range f.Companions {
			for _, key := range c.Keys {
				n.companion[key] = true
			}
		}
		if f.Derived() {
			n.derived[f.Name] = i
			continue
		}
		n.add(f.Name, claim{slot: slot(i), rank: rankName})
		for r, a := range f.Aliases {
			n.add(a.Key, claim{slot: slot(i), rank: rankName + 1 + r, when: a.When})
		}
		if f.SourceColumn {
			n.sources[f.Name+"_source"] = i
		}
	}
	n.addWide(e)
	return n
}

func (n *names) add(key string, c claim) { n.claims[key] = append(n.claims[key], c) }

// addWide adds the wide columns, and those with a unit where nothing else has that name.
func (n *names) addWide(e *Entity) {
	for i, w := range e.Wide {
		for r, key := range w.keys() {
			n.add(key, claim{slot: slot(len(e.Fields) + i), rank: rankName + r})
		}
	}
	for i, w := range e.Wide {
		for r, key := range w.keys() {
			for suffix, unit := range w.Suffixes {
				if long := key + "_" + suffix; n.claims[long] == nil {
					n.add(long, claim{slot: slot(len(e.Fields) + i), rank: rankWithSuffix + r, unit: unit})
				}
			}
		}
	}
}

func (w *Wide) keys() []string { return append([]string{w.Name}, w.Aliases...) }

// named returns the slot of a canonical name that columns can go to.
func (e *Entity) named(name string) slot {
	if i := e.Field(name); i >= 0 && !e.Fields[i].Derived() {
		return slot(i)
	}
	if i := slices.IndexFunc(e.Wide, func(w Wide) bool { return w.Name == name }); i >= 0 {
		return slot(len(e.Fields) + i)
	}
	return noSlot
}

func (e *Entity) slots() int { return len(e.Fields) + len(e.Wide) }

func (e *Entity) slotName(s slot) string {
	if int(s) < len(e.Fields) {
		return e.Fields[s].Name
	}
	return e.Wide[int(s)-len(e.Fields)].Name
}

// reason says for people why a claim stands.
func (e *Entity) reason(c claim) string {
	switch {
	case c.rank == rankColumnMap:
		return "column_map"
	case c.rank == rankName:
		return "canonical name"
	case c.rank >= rankWithSuffix:
		return "name of " + e.slotName(c.slot) + " with its unit"
	}
	return "alias " + strconv.Itoa(c.rank) + " of " + e.slotName(c.slot)
}
