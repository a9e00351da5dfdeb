"""Verdicts on a tutorial's claims, rendered."""
