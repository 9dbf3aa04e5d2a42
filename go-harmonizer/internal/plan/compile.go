package plan

import (
	"slices"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// New compiles a plan. Evidence is not weighed yet.
func New(m *entity.Mapping, s Settings) *Plan {
	p := &Plan{Entity: m.Entity, Mapping: m, Settings: s, byName: map[string]int{}, recordNo: -1}
	p.File = &rule.File{Entity: m.Entity.Name}
	p.addOutput()
	p.addWritten()
	if s.Operation != Clean {
		p.addParts()
		p.addVirtuals()
		p.addHidden()
	}
	p.link()
	p.addVariants()
	p.sort()
	p.addRecordRules()
	p.expand = newExpander(p)
	p.panel = p.Slot("panel_id")
	return p
}

func (p *Plan) add(s slot) int {
	p.slots = append(p.slots, s)
	p.byName[s.name] = len(p.slots) - 1
	return len(p.slots) - 1
}

// addOutput adds the layout, and a slot for each of its columns that holds values of its own.
func (p *Plan) addOutput() {
	for _, o := range p.Mapping.Output(p.Settings.Operation == Clean) {
		out := Out{Out: o, Slot: -1}
		switch o.Kind {
		case entity.OutField, entity.OutDerived:
			out.Slot = p.addField(o)
			out.Required = p.slots[out.Slot].required
		case entity.OutPass:
			out.Slot = p.addPass(o)
		case entity.OutSource:
			out.Slot = p.Slot(p.sourced(o))
		}
		p.Layout = append(p.Layout, out)
	}
	for i, c := range p.Mapping.Columns {
		if c.Role == entity.RecordNo {
			p.recordNo = i
		}
	}
}

func (p *Plan) addField(o entity.Out) int {
	f := &p.Entity.Fields[o.Field]
	has := o.Column >= 0 || p.isWide() && f.Form == "long" || p.composed(o.Field)
	s := slot{name: f.Name, field: o.Field, pass: -1, required: f.Required && has}
	if p.Settings.Operation != Clean && o.Kind == entity.OutField {
		s.chain = p.chain(f, s.required && f.OneOf == "")
	}
	s.passive = o.Kind == entity.OutDerived && o.Column < 0
	return p.add(s)
}

// composed tells that other columns make a field.
func (p *Plan) composed(field int) bool {
	return slices.ContainsFunc(p.Mapping.Parts, func(part entity.Part) bool { return part.Field == field })
}

func (p *Plan) isWide() bool {
	return slices.ContainsFunc(p.Mapping.Readings, func(c int) bool { return c >= 0 })
}

// Melts tells that each reading of a row becomes a record of its own (rule STD-VIT-4).
func (p *Plan) Melts() bool { return p.isWide() && p.Settings.Operation != Clean }

const requiredRule = "VAL-REQ-1"

// chain looks up the standardizers of a field; the test for missing values comes last.
func (p *Plan) chain(f *entity.Field, required bool) []*rule.Standardizer {
	ids := slices.DeleteFunc(slices.Concat(f.Std, f.Val), func(id string) bool { return id == requiredRule })
	if required {
		ids = append(ids, requiredRule)
	}
	return standardizers(ids)
}

// standardizers returns those of the table, in order; a family such as STD-DATE-* has its own at its first rule.
func standardizers(ids []string) []*rule.Standardizer {
	var all []*rule.Standardizer
	for _, id := range ids {
		r, ok := rule.ByID(strings.Replace(id, "*", "1", 1))
		if ok && r.Cell != nil && !slices.Contains(all, r.Cell) {
			all = append(all, r.Cell)
		}
	}
	return all
}

func (p *Plan) addPass(o entity.Out) int {
	var chain []*rule.Standardizer
	switch declared := p.declared(o.Column); {
	case p.Settings.Operation == Clean:
	case declared != nil:
		chain = declared.Chain()
	case p.Entity.Name == "generic" && isDateKey(p.Mapping.Columns[o.Column].Key):
		chain = standardizers([]string{"STD-DATE-*"})
	}
	return p.add(slot{name: passName(o.Name), field: -1, pass: o.Column, chain: chain})
}

// passName is the slot of a column that passes through under a name. No field has a space in its name.
func passName(name string) string { return "column " + name }

// sourced is the slot whose source texts an output column holds.
func (p *Plan) sourced(o entity.Out) string {
	if o.Field < 0 {
		return passName(p.Mapping.Columns[o.Of].Output)
	}
	return p.Entity.Fields[o.Field].Name
}

// declared is what the job says of a column of the file, nil: nothing that applies.
func (p *Plan) declared(column int) *rule.Declared {
	return p.Settings.Params.Declared[p.Mapping.Columns[column].Declared]
}

// isDateKey tells that a column of the generic entity may hold dates (section 2.8).
func isDateKey(key string) bool {
	return slices.ContainsFunc([]string{"date", "_dt", "timestamp", "dob"}, func(s string) bool { return strings.Contains(key, s) })
}

// addParts adds the columns that are composed into fields, under the field's name and "._" and the part.
func (p *Plan) addParts() {
	for _, part := range p.Mapping.Parts {
		if part.Field >= 0 && p.Slot(p.partName(part)) < 0 {
			p.add(slot{name: p.partName(part), field: -1, pass: -1})
		}
	}
}

func (p *Plan) partName(part entity.Part) string {
	return p.Entity.Fields[part.Field].Name + partMark + part.Kind
}

// partMark stands between the field and the part in the name of a part's slot.
const partMark = "._"

// addVirtuals adds what only other fields read.
func (p *Plan) addVirtuals() {
	for _, v := range rule.Virtuals() {
		if v.Entity == p.Entity.Name {
			s := v.Standardizer
			p.add(slot{name: v.Field, field: -1, pass: -1, chain: []*rule.Standardizer{&s}})
		}
	}
}

// addHidden adds slots for what chains derive for other fields only, and for the part of a split record. A field that the output
// does not show gets none: what is derived for it is left.
func (p *Plan) addHidden() {
	for i := 0; i < len(p.slots); i++ {
		for _, name := range (rule.Chain{Standardizer: p.slots[i].chain}).Derives() {
			if p.Slot(name) < 0 && name[0] == '_' {
				p.add(slot{name: name, field: -1, pass: -1, passive: true})
			}
		}
	}
	if p.Entity.Name == "vital" {
		p.add(slot{name: partSlot, field: -1, pass: -1, passive: true})
	}
}
