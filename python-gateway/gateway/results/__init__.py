"""Results: what a completed job wrote, read back whole, by range, by page."""
