package deid

import (
	"bytes"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

var (
	removed       = &reason{"DEID-1", "removed: it identifies the person"}
	textDropped   = &reason{"DEID-1", "free text dropped"}
	columnDropped = &reason{"DEID-1", "column dropped"}
	unread        = &reason{"DEID-1", "text that could not be read dropped"}
	carried       = &reason{"DEID-1", "text of the input dropped: no rule derived it"}
	replaced      = &reason{"DEID-1", "replaced by a keyed pseudonym"}
	yearOnly      = &reason{"DEID-2", "year only"}
	birthRemoved  = &reason{"DEID-3", "the year of birth tells an age above 89: removed"}
	ageRemoved    = &reason{"DEID-3", "an age above 89: removed"}
	aboveNinety   = &reason{"DEID-3", "an age above 89: 90+"}
	threeDigits   = &reason{"DEID-4", "first three digits only"}
	fewPeople     = &reason{"DEID-4", "few people live there: 000"}
	noZIP         = &reason{"DEID-4", "no ZIP code of the United States: removed"}
)

func drop(why *reason) treatment {
	return func(*plan.Table, int, *record.Value) ([]byte, *reason) { return nil, why }
}

// stays keeps what was read. Kept text may be anything, a name in the wrong column too.
func stays(_ *plan.Table, _ int, v *record.Value) ([]byte, *reason) {
	if v.Outcome == record.Kept {
		return nil, unread
	}
	return v.Text, nil
}

// longest is how many characters a number may have that no rule vouches for: fewer than any number that identifies a person, which
// telephone numbers without area code are the shortest of.
const longest = 6

// staysNumber keeps numbers, implausible ones too unless they are long enough to be something else.
func staysNumber(_ *plan.Table, _ int, v *record.Value) ([]byte, *reason) {
	doubtful := v.Outcome == record.Kept || v.Worst == record.Error
	if !isNumber(v.Text) || doubtful && len(v.Text) > longest {
		return nil, unread
	}
	return v.Text, nil
}

// isNumber tells that a text is -?digits[.digits].
func isNumber(text []byte) bool {
	whole, part, point := bytes.Cut(bytes.TrimPrefix(text, []byte("-")), []byte("."))
	return areDigits(whole) && (!point || areDigits(part))
}

func areDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}

// staysRead keeps a text of which a rule derived one of the fields, for this record.
func (d *Transform) staysRead(f *entity.Field, into []string) treatment {
	owner := d.plan.Slot(f.Name)
	if f.Derived() {
		owner = d.plan.Slot(f.DerivedFrom)
	}
	var at []int
	for _, name := range into {
		if owner < 0 {
			break
		}
		if k := d.plan.DerivedAt(owner, name); k >= 0 {
			at = append(at, k)
		}
	}
	return func(t *plan.Table, i int, v *record.Value) ([]byte, *reason) {
		if v.Outcome != record.Kept && owner >= 0 {
			for _, k := range at {
				if derived := t.Values[owner][i].Derived; k < len(derived) && derived[k] != nil {
					return v.Text, nil
				}
			}
		}
		return nil, textDropped
	}
}

// staysMark keeps the number of a record. One that the input brought may be anything, unless the input is an output.
func (d *Transform) staysMark(_ *plan.Table, _ int, v *record.Value) ([]byte, *reason) {
	own := v.Differs && v.Outcome == record.OK // What comes from a cell differs from it only where a rule changed it.
	file, number, ok := bytes.Cut(v.Text, []byte(":"))
	if (own || d.plan.Settings.Harmonized) && areDigits(file) && (!ok || areDigits(number)) {
		return v.Text, nil
	}
	return nil, carried
}

// unlessCarried is for derived fields: what the input brought in their columns has not been through any rule.
func (d *Transform) unlessCarried(treat treatment) treatment {
	return func(t *plan.Table, i int, v *record.Value) ([]byte, *reason) {
		derived := v.Outcome == record.Changed && len(v.Findings) == 0
		if v.Text != nil && !derived && !d.plan.Settings.Harmonized && !(isNumber(v.Text) && len(v.Text) <= longest) {
			return nil, carried
		}
		return treat(t, i, v)
	}
}

func (d *Transform) pseudonym(class string) treatment {
	return func(_ *plan.Table, _ int, v *record.Value) ([]byte, *reason) {
		return d.names.id(d.slab.bytes(PseudonymLength), class, v.Text), replaced
	}
}

func (d *Transform) uid(_ *plan.Table, _ int, v *record.Value) ([]byte, *reason) {
	return d.names.uid(d.slab.bytes(44), v.Text), replaced // 2^128 has 39 digits.
}
