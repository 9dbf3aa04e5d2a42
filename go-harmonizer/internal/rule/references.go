package rule

import (
	"bytes"

	"github.com/zeebo/xxh3"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/calendar"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// References are the patients and encounters of a job, which its other records refer to (rule VAL-REF-1). An identifier is known by a
// hash of 64 bits. It is filled by one goroutine before workers read it.
type References struct {
	patients   map[uint64]known // nil: the job has no file of patients
	encounters map[uint64]known
	left       int // entries until the budget is spent
}

// known is what is known under an identifier: birth and death of a patient, start and end of an encounter.
type known struct {
	record uint64 // a hash of its record
	dates  [2]day
	// several tells that records differ under the identifier.
	several bool
}

// day is a date at its precision, without a time; empty: not known.
type day struct {
	text [dayLength]byte
	n    uint8
}

func (d *day) bytes() []byte { return d.text[:d.n] }

const knownBytes = 96 // in memory, the map's share included

// NewReferences makes an empty set that takes at most about budget bytes.
func NewReferences(budget int64) *References { return &References{left: int(budget / knownBytes)} }

// Entry is one record that others refer to.
type Entry struct {
	hash  uint64 // of its identifier; 0: it has none
	dates [2]day
}

// Roster reads the entries of one plan.
type Roster struct {
	id    int
	dates [2]int
}

// rosterFields are the identifier and the dates of the entities that others refer to.
var rosterFields = map[string][3]string{
	"patient":   {"patient_id", "birth_date", "death_date"},
	"encounter": {"encounter_id", "start_datetime", "end_datetime"},
}

// NewRoster binds the fields of an entity to slots, -1: the file has none; nil: nobody refers to the entity.
func NewRoster(entity string, slot func(field string) int) *Roster {
	f, ok := rosterFields[entity]
	if !ok {
		return nil
	}
	return &Roster{slot(f[0]), [2]int{slot(f[1]), slot(f[2])}}
}

// Append adds the entries of the records of a table of values, [slot][record].
func (r *Roster) Append(to []Entry, values [][]*record.Value) []Entry {
	if r == nil || r.id < 0 {
		return to
	}
	for i, v := range values[r.id] {
		var e Entry
		if v.Text != nil {
			e.hash = xxh3.Hash(v.Text)
		}
		for k, slot := range r.dates {
			if slot >= 0 {
				e.dates[k].set(values[slot][i])
			}
		}
		to = append(to, e)
	}
	return to
}

// set takes a date unless it was kept because it could not be read.
func (d *day) set(v *record.Value) {
	if v.Outcome != record.Kept {
		d.n = uint8(copy(d.text[:], v.Text))
	}
}

// Has tells that the job has a file of patients, or of encounters.
func (r *References) Has(entity string) bool {
	if r == nil {
		return false
	}
	return entity == "patient" && r.patients != nil || entity == "encounter" && r.encounters != nil
}

// Load tells that the job has a file of an entity.
func (r *References) Load(entity string) {
	switch {
	case entity == "patient" && r.patients == nil:
		r.patients = map[uint64]known{}
	case entity == "encounter" && r.encounters == nil:
		r.encounters = map[uint64]known{}
	}
}

// Add takes an entry of an entity; hash is that of the whole record, so that an exact duplicate counts once. The error is that of a
// bound.
func (r *References) Add(entity string, e Entry, hash uint64) error {
	if e.hash == 0 {
		return nil
	}
	to := r.patients
	if entity == "encounter" {
		to = r.encounters
	}
	k, ok := to[e.hash]
	if ok {
		k.several = k.several || k.record != hash
		to[e.hash] = k
		return nil
	}
	if r.left--; r.left < 0 {
		return fault.New(fault.Exhausted, "REFERENCES_TOO_LARGE", "more patients and encounters than fit in memory to check references").
			Over("HARMONIZERD_DEDUP_MEMORY_BYTES")
	}
	to[e.hash] = known{record: hash, dates: e.dates}
	return nil
}

// Born returns the birth date of the patient of a record, empty when it is not known for certain. Slot is that of patient_id.
func (r *References) Born(values [][]*record.Value, slot, i int) string {
	if r == nil || slot < 0 {
		return ""
	}
	k, ok := find(r.patients, values[slot][i].Text)
	if !ok || k.several {
		return ""
	}
	return string(k.dates[0].bytes())
}

func find(in map[uint64]known, id []byte) (known, bool) {
	if in == nil || id == nil {
		return known{}, false
	}
	k, ok := in[xxh3.Hash(id)]
	return k, ok
}

// firstDay and lastDay are the bounds of a date at its precision, as days of the calendar; not ok: it is none.
func firstDay(date []byte) (int, bool) { return bound(date, 1, 1) }

func lastDay(date []byte) (int, bool) {
	if len(date) < 4 {
		return 0, false
	}
	month := 12
	if len(date) >= 7 {
		month = digits(date[5:7])
	}
	last := 31
	for last > 28 && !calendar.Valid(digits(date[:4]), month, last) {
		last--
	}
	return bound(date, month, last)
}

func bound(date []byte, month, dayOfMonth int) (int, bool) {
	if len(date) < 4 {
		return 0, false
	}
	if len(date) >= 7 {
		month = digits(date[5:7])
	}
	if len(date) >= dayLength {
		dayOfMonth = digits(date[8:10])
	}
	year := digits(date[:4])
	if !calendar.Valid(year, month, dayOfMonth) {
		return 0, false
	}
	return calendar.Days(year, month, dayOfMonth), true
}

func digits(text []byte) (n int) {
	for _, c := range text {
		n = 10*n + int(c-'0')
	}
	return n
}

// cut returns a date without its time.
func cut(date []byte) []byte {
	if i := bytes.IndexByte(date, 'T'); i >= 0 {
		return date[:i]
	}
	return date
}
