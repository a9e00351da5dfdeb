"""What stands at the head of every page about a run, and what the terminal says of its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING

from bench.reports.run.headline import headline, verdict
from bench.store.records import TrialStatus
from bench.units import counted, format_count, format_seconds

if TYPE_CHECKING:
    # What makes these values needs scipy, which no list and no plan should wait for.
    from bench.analysis.summary_types import RunSummary


def run_front(summary: RunSummary) -> dict[str, str]:
    """Return what stands at the head of every page about a run, as plain text."""
    return {
        "suite": summary.suite,
        "host": summary.environment.hostname,
        "run_id": summary.run_id,
        "description": summary.description,
        "created_at": f"{summary.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "trials": f"{counted(summary.num_planned, 'trial')} planned: {describe_counts(summary.num_by_status)}",
        "took": _word_total(summary),
        "version": summary.version,
        "headline": headline(summary),
        "verdict": verdict(summary),
    }


def _word_total(summary: RunSummary) -> str:
    """Say how long the trials took, as the end of a sentence; nothing where none has told."""
    if summary.total_s is None:
        return ""
    together = "It took" if summary.num_planned == 1 else "Together they took"
    return f". {together} {format_seconds(summary.total_s)}"


def describe_counts(counts: Mapping[TrialStatus, int]) -> str:
    """Return `5 ok, 1 timeout`, the good ones first."""
    ordered = sorted(counts.items(), key=lambda item: (item[0] != "ok", item[0]))
    return ", ".join(f"{format_count(count)} {status}" for status, count in ordered) or "no trial ran"
