"""Uploads: files that were sent, and where their bytes lie."""
