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
	writer := make([]int, len(p.slots))
	for i := range p.slots {
		writer[i] = i
		if p.slots[i].passive {
			p.order = append(p.order, i)
		}
	}
	for i := range p.slots {
		for _, d := range p.slots[i].derives {
			if d >= 0 && p.slots[d].passive {
				writer[d] = i
			}
		}
	}
	state := make([]uint8, len(p.slots))
	for i := range p.slots {
		p.visit(i, writer, state)
	}
}

// visit puts a slot behind those it reads.
func (p *Plan) visit(i int, writer []int, state []uint8) {
	if p.slots[i].passive || state[i] == 2 {
		return
	}
	if state[i] == 1 {
		panic(fmt.Sprintf("rules of %s.%s read each other", p.Entity.Name, p.slots[i].name)) // A bug every start would meet.
	}
	state[i] = 1
	for _, needs := range [][]int{p.slots[i].peers, p.slots[i].sources, p.before(i)} {
		for _, n := range needs {
			if n >= 0 && writer[n] != i {
				p.visit(writer[n], writer, state)
			}
		}
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
