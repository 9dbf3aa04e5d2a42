// Package cross compares records with each other: key duplicates (rule DED-2) and identifier collisions (rule DED-3).
//
// It sees only records whose keys share a hash; the pipeline finds those and fetches them.
package cross

import (
	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
)

// part is one part of a key: the first of its fields that is not null. Several fields may stand for one part.
type part struct {
	fields []string
	// needed tells that a null part makes no key (null is not equal to null).
	needed bool
}

func need(fields ...string) part { return part{fields, true} }
func also(fields ...string) part { return part{fields, false} }

// keysOf are the keys of rule DED-2: of the alternatives of an entity, the first that a record has counts.
var keysOf = map[string][][]part{
	"patient": {{need("patient_id")}},
	"lab_result": {{need("patient_id"), need("loinc_code", "test_name", "local_code"), need("effective_datetime"),
		also("specimen_type"), also("unit"), also("value_comparator"), need("result_value")}},
	"vital": {{need("patient_id"), need("vital_type"), need("effective_datetime"), need("value")}},
	"medication": {{need("patient_id"), need("rxnorm_code", "ndc", "medication_name"), also("dose_value"), also("dose_value_high"),
		also("dose_unit"), also("route"), also("timing_code"), also("frequency_text"), need("start_date")}},
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

// Keys makes the key hashes of the records of one plan.
type Keys struct {
	alternatives [][]slots
	buf          []byte
}

type slots struct {
	at     []int
	needed bool
}

// NewKeys binds the keys of an entity to a plan; nil: the entity has none.
func NewKeys(p *plan.Plan) *Keys {
	k := &Keys{}
	for _, alternative := range keysOf[p.Entity.Name] {
		if bound, ok := bind(p, alternative); ok {
			k.alternatives = append(k.alternatives, bound)
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
		s := slots{needed: part.needed}
		for _, f := range part.fields {
			if at := p.Slot(f); at >= 0 {
				s.at = append(s.at, at)
			}
		}
		if len(s.at) == 0 && part.needed {
			return nil, false
		}
		all = append(all, s)
	}
	return all, true
}

// Hash returns the hash of the key of a record; not ok: the record has no key and is no key duplicate of any.
func (k *Keys) Hash(t *plan.Table, i int) (hash uint64, ok bool) {
	key, ok := k.Key(t, i)
	return xxh3.Hash(key), ok
}

// Key returns the key of a record in a form that differs where keys do. It lasts until the next call.
func (k *Keys) Key(t *plan.Table, i int) (key []byte, ok bool) {
	for n, alternative := range k.alternatives {
		k.buf = append(k.buf[:0], byte(n))
		if k.write(alternative, t, i) && k.other(t, i) {
			return k.buf, true
		}
	}
	return nil, false
}

func (k *Keys) write(alternative []slots, t *plan.Table, i int) bool {
	for _, s := range alternative {
		text := first(s, t, i)
		if text == nil && s.needed {
			return false
		}
		k.buf = append(append(k.buf, text...), 0x1f)
	}
	return true
}

// other adds the other half of a split blood pressure, so that a pair goes together; a pair with a null half has no key.
func (k *Keys) other(t *plan.Table, i int) bool {
	other := t.OtherHalf(i)
	k.buf = append(k.buf, other.Text...)
	return !other.Null
}

func first(s slots, t *plan.Table, i int) []byte {
	for _, at := range s.at {
		if text := t.Values[at][i].Text; text != nil {
			return text
		}
	}
	return nil
}
