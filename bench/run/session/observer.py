"""What a run tells while it goes on; a renderer implements it, and the run does not care how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bench.plan.case import Trial
from bench.store.records import BuiltEvent, EndEvent, EpochEvent


class Observer(Protocol):
    """Receives the events of one run in the order they happen."""

    tick_s: float | None

    def run_started(self, run_id: str, trials: Sequence[Trial], num_done: int) -> None:
        """Show that a run begins, or goes on with `num_done` trials already ended."""

    def waiting(self, message: str) -> None:
        """Show that another measurement holds this host."""

    def note(self, message: str) -> None:
        """Show how trials are run: before the first of them starts, and where that changes."""

    def trial_started(self, trial: Trial) -> None:
        """Show that a worker starts."""

    def event(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Show a line that the worker wrote to its journal."""

    def tick(self) -> None:
        """Show that time goes by: `tick_s` seconds went without an event."""

    def trial_ended(self, trial: Trial, end: EndEvent) -> None:
        """Show how a trial ended; others in turns with it may still measure."""

    def between_trials(self) -> None:
        """Do what takes long or much of the processor: no worker measures on this host."""
