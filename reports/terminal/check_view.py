"""What `bench check` shows while it measures: one line a trial, with its side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from bench.gate.check_folder import SideName
from bench.plan.case import Trial
from bench.reports.kit.escaping import escape_terminal
from bench.reports.terminal.run_view import QuietView, describe_end
from bench.store.records import EndEvent


class CheckView(QuietView):
    """Shows one side's trials; each stage begins its count anew."""

    def __init__(self, stderr: TextIO, side: SideName, *, is_quiet: bool = False) -> None:
        super().__init__(stderr)
        self._side = side
        self._is_quiet = is_quiet
        self._num_trials = 0
        self._ended: set[str] = set()  # a side that is tried again counts once

    def run_started(self, run_id: str, trials: Sequence[Trial], num_done: int) -> None:  # noqa: ARG002
        """Begin a stage."""
        self._num_trials, self._ended = len(trials), set()

    def waiting(self, message: str) -> None:
        """Write why the check waits."""
        self._write(f"waiting: {message}")

    def note(self, message: str) -> None:
        """Write how trials are run."""
        self._write(message)

    def trial_ended(self, trial: Trial, end: EndEvent) -> None:
        """Write the trial's place, side and end."""
        self._ended.add(trial.trial_id)
        self._write(f"[{len(self._ended)}/{self._num_trials}] {self._side} {trial.trial_id}: {describe_end(end)}")

    def _write(self, line: str) -> None:
        if not self._is_quiet:
            self._write_out(escape_terminal(line))
