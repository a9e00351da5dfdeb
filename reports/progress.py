"""How far a run has come, and how long the rest will take at the pace seen so far."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence

from bench.plan.case import Trial
from bench.store.records import BuiltEvent, EpochEvent


class Progress:
    """Counts trials and epochs; the pace of each case is the mean of its own epochs in this run.

    Several trials can be under way at once, on several hosts: what is left is then shared among as many.
    """

    def __init__(self, trials: Sequence[Trial], num_done: int = 0) -> None:
        """Begin with `trials` to run, and `num_done` others that ended before."""
        self._waiting = list(trials)
        self._num_trials = len(trials) + num_done
        self._num_done = num_done
        self._running: dict[str, Trial] = {}
        self._epochs_of: dict[str, int] = {}
        self._epoch_s: dict[str, list[float]] = defaultdict(list)
        self._start_up_s: dict[str, list[float]] = defaultdict(list)

    @property
    def place(self) -> str:
        """Return `[3/6]`: how many trials have begun or ended, among all."""
        return f"[{self._num_done + len(self._running)}/{self._num_trials}]"

    @property
    def knows_all(self) -> bool:
        """Return whether every case that is still to run has shown its pace."""
        return all(trial.case.case_id in self._epoch_s for trial in self._unfinished())

    def start(self, trial: Trial) -> None:
        """Take a trial as one that is under way, from its first epoch."""
        self._running[trial.trial_id] = trial
        self._epochs_of[trial.trial_id] = 0
        self._waiting = [other for other in self._waiting if other.trial_id != trial.trial_id]

    def add(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Learn the pace from a line of the trial's journal."""
        case_id = trial.case.case_id
        if isinstance(event, BuiltEvent):
            self._start_up_s[case_id].append(event.import_s + event.data_s + event.build_s)
        else:
            self._epochs_of[trial.trial_id] = event.epoch
            self._epoch_s[case_id].append(event.train_s + event.val_s + event.other_s)

    def end(self, trial: Trial) -> None:
        """Count a trial as ended, however it ended."""
        self._waiting = [other for other in self._waiting if other.trial_id != trial.trial_id]
        self._running.pop(trial.trial_id, None)
        self._num_done += 1

    def expected_s(self, trial: Trial) -> float | None:
        """Return the seconds that a trial takes, or still takes; None where its case has not shown its pace."""
        return self._trial_s(trial) if trial.case.case_id in self._epoch_s else None

    def remaining_s(self) -> float | None:
        """Return the seconds that the rest takes, cases of unknown pace left out; None where no pace is known."""
        known = [seconds for trial in self._unfinished() if (seconds := self.expected_s(trial)) is not None]
        return sum(known) / max(len(self._running), 1) if known else None

    def _unfinished(self) -> list[Trial]:
        return [*self._running.values(), *self._waiting]

    def _trial_s(self, trial: Trial) -> float:
        case_id = trial.case.case_id
        if trial.trial_id in self._running:
            return statistics.fmean(self._epoch_s[case_id]) * (trial.case.epochs - self._epochs_of[trial.trial_id])
        start_up = self._start_up_s.get(case_id)
        return statistics.fmean(self._epoch_s[case_id]) * trial.case.epochs + (
            statistics.fmean(start_up) if start_up else 0.0
        )
