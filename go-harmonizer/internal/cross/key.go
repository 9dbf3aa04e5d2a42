// Package cross compares records with each other: key duplicates (rule DED-2), identifier collisions (rule DED-3), conflicting results
// (rule DED-4), growth (rule VAL-VIT-3), and merges them (rule DED-6).
//
// It sees only records whose keys share a hash; the pipeline finds those and fetches them.
package cross

import (
	"slices"
	"strings"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// part is one part of a key: the first of its fields that is not null. Several fields may stand for one part.
type part struct {
	fields []string
	// needed tells that a null part makes no key (null is not equal to null).
	needed bool
	// value tells that the part is the value: what rule DED-4 compares records without.
	value bool
}

func need(fields ...string) part { return part{fields: fields, needed: true} }
func also(fields ...string) part { return part{fields: fields} }

func (p part) ofValue() part {
	p.value = true
	return p
}

// keysOf are the keys of rule DED-2: of the alternatives of an entity, the first that a record has counts.
var keysOf = map[string][][]part{
	"patient": {{need("patient_id")}},
	"lab_result": {{need("patient_id"), need("loinc_code", "test_name", "local_code"), need("effective_datetime"),
		also("specimen_type"), also("unit"), also("value_comparator").ofValue(), need("result_value").ofValue()}},
	"vital": {{need("patient_id"), need("vital_type"), need("effective_datetime"), need("value").ofValue()}},
	"medication": {{need("patient_id"), need("rxnorm_code", "ndc", "medication_name"), also("dose_value", "dose_text"),
		also("dose_value_high"), also("dose_unit"), also("dose_denominator_value"), also("dose_denominator_unit"), also("route"),
		also("timing_frequency", "timing_when", "timing_count", "as_needed", "frequency_text"), also("timing_period"),
		also("timing_period_max"), also("timing_period_unit"), also("timing_when"), also("timing_count"), also("as_needed"),
		need("start_date")}},
	"imaging_study": {
		{need("sop_instance_uid")},
		{need("series_instance_uid")},
		{need("patient_id"), need("study_instance_uid", "accession_number"), also("modality"), also("body_part"),
			also("series_description"), need("study_datetime")}},
	"encounter": {
		{need("encounter_id")},
		{need("patient_id"), need("class"), need("start_datetime")}},
	"condition": {{need("patient_id"), also("code_system"), need("code", "description"), need("onset_date"), also("encounter_id")}},
}

// ownID is the identifier of the record itself, which rule DED-2 leaves out of the comparison.
var ownID = map[string]string{
	"lab_result": "result_id", "vital": "vital_id", "medication": "medication_id", "condition": "condition_id",
}

// named are the fields whose texts are compared by the key of rule STD-TXT-3.
var named = []string{"test_name", "medication_name", "description", "specimen_type", "series_description"}

// Keys makes the key hashes of the records of one plan.
type Keys struct {
	alternatives []alternative
	buf          []byte
	hashes       []uint64
	state        []state
}

type alternative struct {
	number byte
	parts  []slots
}

type slots struct {
	part
	at    []int
	which []byte // of the fields, for each slot
	fold  []bool // texts are compared by their keys
}

// NewKeys binds the keys of an entity to a plan; nil: the entity has none.
func NewKeys(p *plan.Plan) *Keys {
	k := &Keys{}
	for n, parts := range keysOf[p.Entity.Name] {
		if bound, ok := bind(p, parts); ok {
			k.alternatives = append(k.alternatives, alternative{byte(n), bound})
		}
	}
	if len(k.alternatives) == 0 {
		return nil
	}
	return k
}

// bind finds the slots of a key; not ok: the file lacks a part that it needs.
func bind(p *plan.Plan, parts []part) ([]slots, bool) {
	var all []slots
	for _, part := range parts {
		s := slots{part: part}
		for i, f := range part.fields {
			if at := p.Slot(f); at >= 0 {
				s.at, s.which, s.fold = append(s.at, at), append(s.which, byte(i)), append(s.fold, slices.Contains(named, f))
			}
		}
		if len(s.at) == 0 && part.needed {
			return nil, false
		}
		all = append(all, s)
	}
	return all, true
}

// valueMark stands in a key before the value.
const valueMark = 0x1d

func (m *Member) withoutValue() string {
	before, _, _ := strings.Cut(m.Key, string(rune(valueMark)))
	return before
}

// Key returns the key of a record in a form that differs where keys do. It lasts until the next call.
func (k *Keys) Key(t *plan.Table, i int) (key []byte, ok bool) {
	for n := range k.alternatives {
		a := &k.alternatives[n]
		k.buf = append(k.buf[:0], a.number)
		if k.write(a.parts, false, t, i) {
			k.buf = append(k.buf, valueMark)
			if k.write(a.parts, true, t, i) && k.other(t, i) {
				return k.buf, true
			}
		}
	}
	return nil, false
}

// write adds the parts that are the value, or those that are not.
func (k *Keys) write(parts []slots, value bool, t *plan.Table, i int) bool {
	for n := range parts {
		s := &parts[n]
		if s.value != value {
			continue
		}
		v, at := first(s, t, i)
		if v == nil && s.needed {
			return false
		}
		if v != nil {
			k.buf = append(k.buf, s.which[at])
			if s.fold[at] {
				k.buf = rule.ComparisonKey(k.buf, v.Text)
			} else {
				k.buf = append(k.buf, v.Text...)
			}
		}
		k.buf = append(k.buf, 0x1f)
	}
	return true
}

// other adds the other half of a split blood pressure, so that a pair goes together; a pair with a null half has no key.
func (k *Keys) other(t *plan.Table, i int) bool {
	other := t.OtherHalf(i)
	k.buf = append(k.buf, other.Text...)
	return !other.Null
}

// first returns the first value of a part that is not null, and which of its slots holds it; nil: there is none.
func first(s *slots, t *plan.Table, i int) (v *record.Value, at int) {
	for n, slot := range s.at {
		if v := t.Values[slot][i]; v.Text != nil {
			return v, n
		}
	}
	return nil, 0
}
