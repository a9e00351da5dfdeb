"""What a view of a run is told: the run's events, and its end once the report is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bench.run.session.observer import Observer

if TYPE_CHECKING:
    # What makes these values needs scipy, which no list and no plan should wait for.
    from bench.analysis.summary_types import RunSummary


class RunObserver(Observer, Protocol):
    """What `bench run` tells: the run's events, and its end once the report is written."""

    def run_ended(self, summary: RunSummary, report: Path) -> None:
        """Show how the trials ended, the answer, and as the last line on stdout the report's path."""
