"""A view that also hands each ended trial to the trackers: between two trials, so that no worker is measuring."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.plan.case import Trial
from bench.reports.kit.escaping import escape_terminal
from bench.reports.run.observer import RunObserver
from bench.reports.trackers.tracker import Tracker, TrackerSpec, open_tracker
from bench.store.records import BuiltEvent, EndEvent, EpochEvent, Journal
from bench.store.run_folder import load_journal

if TYPE_CHECKING:
    # What makes these values needs scipy, which a run should not wait for.
    from bench.analysis.summary_types import RunSummary


class TrackedView:
    """Passes every event on to a view, and copies a trial from its journal once it and all in turns with it have ended.

    A tracker that fails is shown once with what it said and left out from then on; the run never notices.
    """

    def __init__(
        self,
        view: RunObserver,
        trackers: Mapping[str, Tracker],
        read: Callable[[Trial], Journal | None],
        warn: Callable[[str], None],
    ) -> None:
        """Begin with trackers by name; `read` returns a trial's journal, `warn` shows a sentence."""
        self.tick_s = view.tick_s
        self._view = view
        self._trackers = dict(trackers)
        self._read = read
        self._warn = warn
        self._ended: list[Trial] = []

    def run_started(self, run_id: str, trials: Sequence[Trial], num_done: int) -> None:
        """Pass on."""
        self._view.run_started(run_id, trials, num_done)

    def waiting(self, message: str) -> None:
        """Pass on."""
        self._view.waiting(message)

    def note(self, message: str) -> None:
        """Pass on."""
        self._view.note(message)

    def trial_started(self, trial: Trial) -> None:
        """Pass on."""
        self._view.trial_started(trial)

    def event(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Pass on; trackers wait, since a worker is measuring now."""
        self._view.event(trial, event)

    def tick(self) -> None:
        """Pass on."""
        self._view.tick()

    def trial_ended(self, trial: Trial, end: EndEvent) -> None:
        """Pass on; trackers wait, since another worker may be measuring."""
        self._view.trial_ended(trial, end)
        self._ended.append(trial)

    def between_trials(self) -> None:
        """Pass on, then copy what has ended."""
        self._view.between_trials()
        ended, self._ended = self._ended, []
        for trial in ended:
            for name, tracker in list(self._trackers.items()):
                self._copy(name, tracker, trial)

    def run_ended(self, summary: RunSummary, report: Path) -> None:
        """Pass on."""
        self._view.run_ended(summary, report)

    def _copy(self, name: str, tracker: Tracker, trial: Trial) -> None:
        try:
            if journal := self._read(trial):
                tracker.copy(journal)
        except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything, and no run may be lost to it
            del self._trackers[name]
            self._warn(_word_failure(name, error))


def follow_run(view: RunObserver, specs: Sequence[TrackerSpec], folder: Path, run_id: str) -> RunObserver:
    """Return a view that also feeds the trackers; the view itself where there is none.

    A tracker that cannot be opened is shown and left out, as one that fails later.
    """
    opened: dict[str, Tracker] = {}
    for spec in specs:
        try:
            opened[spec.name] = open_tracker(spec, folder)
        except Exception as error:  # noqa: BLE001 - see `TrackedView`
            _warn_on_stderr(_word_failure(spec.name, error))
    if not opened:
        return view
    return TrackedView(view, opened, lambda trial: load_journal(folder, trial.trial_id, run_id), _warn_on_stderr)


def _word_failure(name: str, error: Exception) -> str:
    return f"warning: tracker {name} failed and is left out from now on: {type(error).__name__}: {error}"


def _warn_on_stderr(sentence: str) -> None:
    print(escape_terminal(sentence), file=sys.stderr, flush=True)
