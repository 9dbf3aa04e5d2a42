package plan

import (
	"fmt"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// link finds the slots that each slot reads and writes.
func (p *Plan) link() {
	for i := range p.slots {
		s := &p.slots[i]
		c := rule.Chain{Standardizer: s.chain}
		s.peers, s.sources, s.derives = p.find(s.name, c.Peers()), p.find(s.name, c.Sources()), p.find(s.name, c.Derives())
	}
	p.splitSources()
}

// lacks are the names of what the rules of a slot read and the file does not have.
func (s *slot) lacks() (names []string) {
	chain := rule.Chain{Standardizer: s.chain}
	for _, read := range []struct {
		slots []int
		names []string
	}{{s.peers, chain.Peers()}, {s.sources, chain.Sources()}} {
		for k, at := range read.slots {
			if at < 0 {
				names = append(names, read.names[k])
			}
		}
	}
	return names
}

// readSlots tells which slots are read by others.
func (p *Plan) readSlots() []bool {
	read := make([]bool, len(p.slots))
	for i := range p.slots {
		for _, some := range [][]int{p.slots[i].peers, p.slots[i].sources} {
			for _, s := range some {
				if s >= 0 {
					read[s] = true
				}
			}
		}
	}
	return read
}

// readOf is what other slots read of what a slot fills: positions in its derives, -1 for itself.
func (p *Plan) readOf(s int, read []bool) (all []int) {
	if read[s] {
		all = append(all, -1)
	}
	for k, d := range p.slots[s].derives {
		if d >= 0 && read[d] {
			all = append(all, k)
		}
	}
	return all
}

// find returns the slots of names as a field reads them: a name such as "_time" is first a part of the field itself.
func (p *Plan) find(field string, names []string) []int {
	at := make([]int, len(names))
	for i, n := range names {
		at[i] = p.Slot(field + "." + n)
		if at[i] < 0 {
			at[i] = p.Slot(n)
		}
	}
	return at
}

// sort puts the slots in an order in which every slot comes after those it reads. Slots that only hold what others derive come
// first, so that they are empty when their writers fill them.
func (p *Plan) sort() {
	for i := range p.slots {
		if p.slots[i].passive {
			p.order = append(p.order, i)
		}
	}
	writer, state := p.writers(), make([]uint8, len(p.slots))
	for i := range p.slots {
		p.visit(i, writer, state)
	}
}

// writers returns the slot that fills each slot: mostly itself.
func (p *Plan) writers() []int {
	writer := make([]int, len(p.slots))
	for i := range writer {
		writer[i] = i
	}
	for i := range p.slots {
		for _, d := range p.slots[i].derives {
			if d >= 0 && p.slots[d].passive {
				writer[d] = i
			}
		}
	}
	return writer
}

// needs are the slots that have to be filled before a slot.
func (p *Plan) needs(i int, writer []int) []int {
	var all []int
	for _, some := range [][]int{p.slots[i].peers, p.slots[i].sources, p.before(i)} {
		for _, n := range some {
			if n >= 0 && writer[n] != i {
				all = append(all, writer[n])
			}
		}
	}
	return all
}

// splitSources gives a slot that reads the cleaned text of another, which in turn needs the slot itself, a slot that holds no more
// than that text: the unit of a lab result reads the value's text, and the value reads the unit.
func (p *Plan) splitSources() {
	writer := p.writers()
	for i := range p.slots {
		for k, s := range p.slots[i].sources {
			if s >= 0 && p.reaches(writer[s], i, writer, make([]bool, len(p.slots))) {
				p.slots[i].sources[k] = p.cleanSlot(s)
				writer = p.writers()
			}
		}
	}
}

func (p *Plan) reaches(from, to int, writer []int, seen []bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, n := range p.needs(from, writer) {
		if p.reaches(n, to, writer, seen) {
			return true
		}
	}
	return false
}

// cleanSuffix ends the names of clean slots.
const cleanSuffix = "@clean"

// cleanSlot returns the slot that holds only the cleaned text of another.
func (p *Plan) cleanSlot(of int) int {
	name := p.slots[of].name + cleanSuffix
	if at := p.Slot(name); at >= 0 {
		return at
	}
	return p.add(slot{name: name, field: p.slots[of].field, pass: -1, clean: true})
}

// visit puts a slot behind those it reads.
func (p *Plan) visit(i int, writer []int, state []uint8) {
	if p.slots[i].passive || state[i] == 2 {
		return
	}
	if state[i] == 1 {
		panic(fmt.Sprintf("rules of %s read each other: %s needs %s", p.Entity.Name, p.slots[i].name, p.namesOf(p.needs(i, writer)))) // A bug every start would meet.
	}
	state[i] = 1
	for _, n := range p.needs(i, writer) {
		p.visit(n, writer, state)
	}
	state[i] = 2
	p.order = append(p.order, i)
}

// before are the slots with cells of their own whose text this slot may replace.
func (p *Plan) before(i int) []int {
	var own []int
	for _, d := range p.slots[i].derives {
		if d >= 0 && !p.slots[d].passive {
			own = append(own, d)
		}
	}
	return own
}

// addRecordRules binds the rules that look at whole records to the slots of this file.
func (p *Plan) addRecordRules() {
	if p.Settings.Operation == Clean {
		return
	}
	table := rule.Table()
	for i := range table {
		r := table[i].Record
		if r == nil || !applies(r, p.Entity.Name) {
			continue
		}
		slots := make([]int, len(r.Fields))
		for j, f := range r.Fields {
			slots[j] = p.Slot(f)
		}
		if has(slots, r.Needs) {
			p.records = append(p.records, recordRule{r, slots})
		}
	}
}

func applies(r *rule.RecordRule, entity string) bool {
	for _, e := range r.Entities {
		if e == entity {
			return true
		}
	}
	return len(r.Entities) == 0
}

func has(slots, needs []int) bool {
	for _, n := range needs {
		if slots[n] < 0 {
			return false
		}
	}
	return true
}

func (p *Plan) namesOf(slots []int) []string {
	var names []string
	for _, s := range slots {
		names = append(names, p.slots[s].name)
	}
	return names
}
