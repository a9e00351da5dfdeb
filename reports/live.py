"""The live view of a run: ended trials as lines, and below them one line that changes."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from bench.plan.case import Trial
from bench.store.records import BuiltEvent, EndEvent, EpochEvent
from bench.units import format_seconds
from reports.text import escape_terminal
from reports.views import Clock, PlainView, describe_epoch

if TYPE_CHECKING:
    # What makes these values needs scipy, which no list and no plan should wait for.
    from bench.analysis.results import RunSummary

LIVE_TICK_S = 10.0


class LiveView(PlainView):
    """Ended trials as lines, and below them one line that changes; for a terminal."""

    tick_s: float | None = LIVE_TICK_S

    def __init__(self, stdout: TextIO, stderr: TextIO, now: Clock) -> None:
        super().__init__(stdout, stderr, now)
        self._console = Console(file=stderr, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False)
        self._status = ""
        self._since = now()

    def run_started(self, run_id: str, trials: Sequence[Trial], num_done: int) -> None:
        """Start the line."""
        super().run_started(run_id, trials, num_done)
        # The line hides the cursor; an error on the way out must bring it back too.
        atexit.register(self._live.stop)
        self._live.start()

    def waiting(self, message: str) -> None:
        """Show why the run waits, in the changing line."""
        self._show(f"waiting: {message}")

    def trial_started(self, trial: Trial) -> None:
        """Show the trial in the changing line."""
        self._progress.start(trial)
        self._show(f"{self._progress.place} {trial.trial_id}: starting")

    def event(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Show the latest epoch in the changing line."""
        self._progress.add(trial, event)
        what = describe_epoch(trial, event) if isinstance(event, EpochEvent) else "model built, first epoch"
        self._show(f"{self._progress.place} {trial.trial_id}: {what}{self._remaining()}")

    def tick(self) -> None:
        """Show for how long nothing was heard."""
        silent_s = (self._now() - self._since).total_seconds()
        self._draw(f"{self._status} ({format_seconds(max(silent_s, 0.0))} ago)")

    def trial_ended(self, trial: Trial, end: EndEvent) -> None:
        """Leave the trial's outcome as a line above."""
        super().trial_ended(trial, end)
        self._show(f"{self._progress.place} ended")

    def run_ended(self, summary: RunSummary, report: Path) -> None:
        """Take the changing line away before the answer is written."""
        self._live.stop()
        atexit.unregister(self._live.stop)
        super().run_ended(summary, report)

    def _show(self, status: str) -> None:
        self._status, self._since = status, self._now()
        self._draw(status)

    def _draw(self, status: str) -> None:
        # Text, not a string: rich would read a name's `[red]` as a colour.
        self._live.update(Text(escape_terminal(status), overflow="ellipsis", no_wrap=True), refresh=True)

    def _write(self, line: str) -> None:
        self._console.print(Text(escape_terminal(line)), soft_wrap=True)
