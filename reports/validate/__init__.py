"""Strangers' runs, checked: a sentence for each flaw."""
