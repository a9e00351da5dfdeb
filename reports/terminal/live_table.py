"""The live view's table: a row a trial, what it has reached, and when it will end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from bench.analysis.case_labels import case_labels
from bench.analysis.trial.throughput import fit_throughput
from bench.plan.case import Trial
from bench.reports.kit.escaping import escape_terminal
from bench.reports.terminal.progress import Progress
from bench.store.records import EpochEvent, Status
from bench.units import MISSING, format_count, format_fraction, format_rate

MAX_ROWS = 14
_ENDED_ABOVE = 4  # how many ended trials a long run keeps in sight above the current one
_STYLES = {"waiting": "dim", "running": "bold", "ok": "none"}


@dataclass
class _Row:
    trial: Trial
    label: str
    state: str = "waiting"
    last: EpochEvent | None = None

    @property
    def has_ended(self) -> bool:
        return self.state not in {"waiting", "running"}


class TrialTable:
    """Keeps each trial's latest figures and lays out those in sight."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        """Begin with trials that all wait."""
        labels = case_labels(trial.case for trial in trials)
        self._rows = {trial.trial_id: _Row(trial, labels[trial.case.case_id]) for trial in trials}

    def start(self, trial: Trial) -> None:
        """Mark a trial as running, from its first epoch."""
        row = self._rows[trial.trial_id]
        row.state, row.last = "running", None

    def add(self, trial: Trial, event: EpochEvent) -> None:
        """Take an epoch's figures."""
        self._rows[trial.trial_id].last = event

    def end(self, trial: Trial, status: Status) -> None:
        """Mark a trial as ended."""
        self._rows[trial.trial_id].state = status

    def render(self, progress: Progress, now: datetime) -> Table:
        """Return the rows in sight as a table, with the local time at which each is expected to end."""
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for title in ("case", "seed", "epoch", "val_accuracy", "examples/s", "ETA", "status"):
            table.add_column(title, justify="left" if title in {"case", "status"} else "right", no_wrap=True)
        ends = dict(self._expected_ends(progress, now))
        for row in self._in_sight():
            style = _STYLES.get(row.state, "red")
            table.add_row(*map(Text, _cells(row, ends.get(row.trial.trial_id))), style=style)
        hidden = len(self._rows) - table.row_count
        if hidden:
            table.caption = f"{format_count(hidden)} more"
        return table

    def _in_sight(self) -> list[_Row]:
        """Return all rows where they fit, else those around the current one."""
        rows = list(self._rows.values())
        num_ended = sum(row.has_ended for row in rows)
        first = max(0, min(num_ended - _ENDED_ABOVE, len(rows) - MAX_ROWS))
        return rows[first : first + MAX_ROWS]

    def _expected_ends(self, progress: Progress, now: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield the end of each trial up to the first whose case has not shown its pace.

        In turns all that run have as many seconds, until one after the other has had all that it needs.
        """
        rows = sorted((row for row in self._rows.values() if not row.has_ended), key=lambda row: row.state == "waiting")
        end_s, left = 0.0, [progress.expected_s(row.trial) for row in rows]
        sharing = [
            math.inf if seconds is None else seconds
            for row, seconds in zip(rows, left, strict=True)
            if row.state == "running"
        ]
        for row, seconds in zip(rows, left, strict=True):
            if seconds is None:
                return
            end_s += seconds
            is_shared = progress.in_turns and row.state == "running"
            until_s = sum(min(seconds, other) for other in sharing) if is_shared else end_s
            yield row.trial.trial_id, now + timedelta(seconds=until_s)


def _cells(row: _Row, end: datetime | None) -> tuple[str, ...]:
    epoch = row.last
    return (
        escape_terminal(row.label),
        str(row.trial.seed),
        f"{epoch.epoch if epoch else 0}/{row.trial.case.epochs}",
        format_fraction(epoch.val_accuracy if epoch else None),
        format_rate(fit_throughput(row.trial.case, [epoch]) if epoch else None),
        f"{end:%H:%M}" if end else MISSING,
        row.state,
    )
