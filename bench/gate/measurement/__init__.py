"""Measures a check: what is trained, in which pairs, and how many suffice."""
