"""The ways in that keep nothing: harmonize a body, inspect a file."""
