"""Proving by breaking: real processes are killed, cut off, stalled and starved, nothing promised is lost."""
