"""The thin lines beside a case's curve: a line a seed, for as many seeds as a reader tells apart and a page holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.units import format_count

if TYPE_CHECKING:
    from bench.analysis.summary_types import RunSummary

_MAX_TRIALS = 1000  # of all cases: more are a blot in a figure, and three megabytes of a page


def most_seeds(summary: RunSummary) -> int:
    """Return how many seeds of each case have a line."""
    return max(1, _MAX_TRIALS // max(1, sum(bool(case.curve.points) for case in summary.cases)))


def word_thin_curves(summary: RunSummary) -> str:
    """Return what the thin lines are: every seed's, or the first ones'."""
    most = most_seeds(summary)
    if all(len(case.curve.seeds) <= most for case in summary.cases):
        return "Thin: each seed."
    return f"Thin: each case's first {format_count(most)} seeds."
