package cross

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/plan"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// keyCases are columns of an entity, each with the texts that its cells are picked from.
var keyCases = map[string]map[string][]string{
	"lab_result": {"patient_id": {"P1", "P2", ""}, "test_name": {"Glucose", "GLUCOSE", "Ähnlich", "ahnlich", ""}, "unit": {"mg/dL", ""},
		"effective_datetime": {"2024-03-05", "2024-03-06", ""}, "result_value": {"90", "91", "> 90", ""}, "specimen_type": {"Blood", "blood", ""}},
	"vital": {"patient_id": {"P1", "P2"}, "vital_type": {"heart rate", "blood pressure"}, "effective_datetime": {"2024-03-05", ""},
		"value": {"70", "120/80", "120/", ""}},
	"imaging_study": {"patient_id": {"P1", ""}, "sop_instance_uid": {"1.2.3", ""}, "series_instance_uid": {"1.2.4", ""},
		"study_instance_uid": {"1.2", "1.3", ""}, "study_datetime": {"2024-03-05", ""}, "modality": {"CT", ""}},
	"encounter": {"patient_id": {"P1", "P2"}, "encounter_id": {"E1", ""}, "class": {"inpatient", ""}, "start_datetime": {"2024-03-05", ""}},
}

// Records have the same hash where they have the same key but for the value, and a hash where they have a key.
func TestHashesFindWhatIsCompared(t *testing.T) {
	for name, columns := range keyCases {
		k, table := keysOfCase(t, name, columns, 400)
		hashes := append([]uint64(nil), k.Hashes(table)...)
		before := map[string]uint64{}
		for i := range table.Refs {
			key, ok := k.Key(table, i)
			if ok != k.Has(i) {
				t.Fatalf("%s: record %d has a key: %v", name, i, ok)
			}
			if !ok {
				continue
			}
			m := &Member{Key: string(key)}
			if known, met := before[m.withoutValue()]; met && known != hashes[i] {
				t.Errorf("%s: record %d has another hash than one of its key", name, i)
			}
			before[m.withoutValue()] = hashes[i]
		}
		distinct := map[uint64]bool{}
		for _, h := range before {
			distinct[h] = true
		}
		if len(distinct) != len(before) || len(before) < 2 {
			t.Errorf("%s: %d keys, %d hashes", name, len(before), len(distinct))
		}
	}
}

func keysOfCase(t *testing.T, name string, columns map[string][]string, n int) (*Keys, *plan.Table) {
	t.Helper()
	var headers []string
	for header := range columns {
		headers = append(headers, header)
	}
	e, _ := entity.Named(name)
	m := entity.Map(e, headers, entity.Options{Entity: name, Syntax: func(int, string) bool { return true }})
	p := plan.New(&m, plan.Settings{Params: &rule.Params{AsOf: rule.Date{Year: 2026, Month: 11, Day: 20}, DefaultCountry: "US"}})
	b, rows := &record.Batch{}, make([]uint32, n)
	b.Reset(len(headers))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range rows {
		rows[i] = uint32(i)
		for c, header := range headers {
			cell := columns[header][r.IntN(len(columns[header]))]
			b.Cells[c] = append(b.Cells[c], record.Span{Off: uint32(len(b.Data)), Len: uint32(len(cell))})
			b.Data = fmt.Append(b.Data, cell)
		}
		b.Raw, b.Index = append(b.Raw, record.Span{}), append(b.Index, uint32(i))
	}
	b.Rows = n
	k := NewKeys(p)
	if k == nil {
		t.Fatalf("%s has no keys", name)
	}
	return k, plan.NewWorker(p).Run(b, rows, 1, plan.Neighbours{})
}
