"""One run summarized: every figure of a report, computed once. The types are in `bench.analysis.results`."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.results import RunSummary
from bench.store.records import Journal, RunRecord


def summarize_run(run: RunRecord, journals: Sequence[Journal], targets: Sequence[float] | None = None) -> RunSummary:
    """Summarize a run from its journals; `targets` are validation accuracies and default to the suite's."""
    raise NotImplementedError
