"""Proof of what a network really runs, from each backend's own evidence."""
