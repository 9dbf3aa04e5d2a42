package plan

import "testing"

// shares are the most that may be computed of the cells of a column of labs: about twice what its distinct values ask for. They count
// with what a value is read beside: a unit depends on the test, a flag on result, unit and range.
var shares = map[string]float64{"unit": 0.02, "reference_range": 0.02, "abnormal_flag": 0.02, "ordering_provider_id": 0.1}

// A value that was computed stands for all cells that are alike, so that work grows with distinct values and not with rows.
func TestValuesAreComputedOnce(t *testing.T) {
	const batchRows = 2000
	batches := labBatches(40, batchRows)
	w := NewWorker(labPlan(batches, Settings{}))
	for _, b := range batches {
		w.Run(b, rowsOf(b), 1, Neighbours{})
	}
	for name, most := range shares {
		slot := w.plan.Slot(name)
		if slot < 0 || w.evaluators[0][slot] == nil {
			t.Errorf("%s: no rule computes it", name)
			continue
		}
		share := float64(w.evaluators[0][slot].Computed()) / float64(len(batches)*batchRows)
		t.Logf("%s: 1 of %.1f cells was computed", name, 1/share)
		if share > most {
			t.Errorf("%s: %.2g of the cells were computed, more than %.2g", name, share, most)
		}
	}
}
