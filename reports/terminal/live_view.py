"""The live view of a run: a table of its trials that changes, and below it one line that tells what is going on."""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bench.plan.case import Trial
from bench.reports.kit.escaping import escape_terminal
from bench.reports.terminal.live_table import TrialTable
from bench.reports.terminal.run_view import Now, PlainView, describe_end
from bench.store.records import BuiltEvent, EndEvent, EpochEvent
from bench.units import format_seconds

if TYPE_CHECKING:
    # What makes these values needs scipy, which no list and no plan should wait for.
    from bench.analysis.summary_types import RunSummary

LIVE_TICK_S = 10.0


class LiveView(PlainView):
    """A table and a line, for a terminal. Drawn on events and slow ticks alone: a worker measures meanwhile."""

    tick_s: float | None = LIVE_TICK_S

    def __init__(self, stdout: TextIO, stderr: TextIO, now: Now, expected_s: Mapping[str, float] | None = None) -> None:
        """Draw on `stderr`; `expected_s` has a trial's expected seconds by case_id, from before the run."""
        super().__init__(stdout, stderr, now, expected_s)
        self._console = Console(file=stderr, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False)
        self._table = TrialTable(())
        self._status = ""
        self._since = now()

    def run_started(self, run_id: str, trials: Sequence[Trial], num_done: int) -> None:
        """Start the table."""
        super().run_started(run_id, trials, num_done)
        self._table = TrialTable(trials)
        # The display hides the cursor; an error on the way out must bring it back too.
        atexit.register(self._live.stop)
        self._live.start()

    def waiting(self, message: str) -> None:
        """Show why the run waits; no trial is known yet, so this is a line of its own."""
        self._write(f"waiting: {message}")

    def trial_started(self, trial: Trial) -> None:
        """Show that the trial's process starts."""
        self._progress.start(trial)
        self._table.start(trial)
        self._show("starting")

    def event(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Show the latest epoch."""
        self._progress.add(trial, event)
        self._tell_built(trial, event)
        if isinstance(event, EpochEvent):
            self._table.add(trial, event)
            self._show(f"epoch {event.epoch}/{trial.case.epochs} ended{self._remaining()}")
        else:
            self._show(f"model built, first epoch{self._remaining()}")

    def tick(self) -> None:
        """Show for how long nothing was heard."""
        silent_s = (self._now() - self._since).total_seconds()
        self._draw(f"{self._status} ({format_seconds(max(silent_s, 0.0))} ago)")

    def trial_ended(self, trial: Trial, end: EndEvent) -> None:
        """Show the outcome in the trial's row; what went wrong stays as a line above."""
        self._progress.end(trial)
        self._table.end(trial, end.status)
        if end.status != "ok":
            self._write(f"{self._progress.place} {trial.trial_id}: {describe_end(end)}")
        self._show(f"ended{self._remaining()}")

    def run_ended(self, summary: RunSummary, report: Path) -> None:
        """Leave the table as it is, and write the answer below it."""
        self._live.update(self._table.render(self._progress, self._now()), refresh=True)
        self._live.stop()
        atexit.unregister(self._live.stop)
        super().run_ended(summary, report)

    def _show(self, status: str) -> None:
        self._status, self._since = f"{self._progress.place} {status}", self._now()
        self._draw(self._status)

    def _draw(self, status: str) -> None:
        # Text, not a string: rich would read a name's `[red]` as a colour.
        line = Text(escape_terminal(status), overflow="ellipsis", no_wrap=True)
        self._live.update(Group(self._table.render(self._progress, self._now()), line), refresh=True)

    def _write(self, line: str) -> None:
        self._console.print(Text(escape_terminal(line)), soft_wrap=True)
