"""Builders of the sample extracts: one module a file, plus the people they share."""
