"""Atomic writing and bounded reading of files."""
