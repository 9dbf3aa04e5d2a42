"""Jobs: what was asked for, its state, its events, and the workers that run it."""
