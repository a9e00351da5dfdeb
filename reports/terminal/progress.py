"""How far a run has come, and how long the rest will take: at the pace seen so far, else as was expected before."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence

from bench.analysis.trial.validations import validation_s
from bench.plan.case import Trial
from bench.store.records import BuiltEvent, EpochEvent


class Progress:
    """Counts trials and epochs; the pace of each case is the mean of its own epochs in this run, without first steps.

    A first step can take as long as twenty epochs of a small data set, and comes once a trial: it counts as start-up.

    A case that has not begun takes what was expected of it, times how much longer the others took than was expected:
    what was expected may come from a slower machine, which is slower for all.

    Several trials can be under way at once: on several hosts what is left is shared among as many, in turns it is not.
    `in_turns` is whether any epoch was trained so. A trial that ended and starts again has not ended.
    """

    def __init__(
        self, trials: Sequence[Trial], num_done: int = 0, expected_s: Mapping[str, float] | None = None
    ) -> None:
        """Begin with `trials` to run, `num_done` that ended before, and a trial's expected seconds by case_id."""
        self._expected_s = dict(expected_s or {})
        self._slowdown: float | None = None
        self.in_turns = False
        self._trial_of = {trial.case.case_id: trial for trial in trials}
        self._waiting = list(trials)
        self._num_trials = len(trials) + num_done
        self._num_done = num_done
        self._ended: set[str] = set()
        self._running: dict[str, Trial] = {}
        self._epochs_of: dict[str, int] = {}
        self._epoch_s: dict[str, list[float]] = defaultdict(list)
        self._start_up_s: dict[str, list[float]] = defaultdict(list)
        self._first_steps_s: dict[str, dict[str, float]] = defaultdict(dict)

    @property
    def place(self) -> str:
        """Return `[3/6]`: how many trials have begun or ended, among all."""
        return f"[{self._num_done + len(self._ended) + len(self._running)}/{self._num_trials}]"

    @property
    def hedge(self) -> str:
        """Return what goes before the seconds that are left: nothing where each case left has shown its pace."""
        unfinished = self._unfinished()
        if all(trial.case.case_id in self._epoch_s for trial in unfinished):
            return ""
        return "at least " if any(self.expected_s(trial) is None for trial in unfinished) else "roughly "

    def start(self, trial: Trial) -> None:
        """Take a trial as one that is under way, from its first epoch."""
        self._running[trial.trial_id] = trial
        self._ended.discard(trial.trial_id)
        self._epochs_of[trial.trial_id] = 0
        self._waiting = [other for other in self._waiting if other.trial_id != trial.trial_id]

    def add(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Learn the pace from a line of the trial's journal."""
        case_id = trial.case.case_id
        if isinstance(event, BuiltEvent):
            self._start_up_s[case_id].append(event.import_s + event.data_s + event.build_s)
        else:
            self._epochs_of[trial.trial_id] = event.epoch
            self.in_turns |= event.turns is not None
            first_step_s = event.first_step_s or 0.0
            first_steps = self._first_steps_s[case_id]
            first_steps[trial.trial_id] = first_steps.get(trial.trial_id, 0.0) + first_step_s
            self._epoch_s[case_id].append(event.train_s - first_step_s + validation_s(event) + event.other_s)
            self._slowdown = self._find_slowdown()

    def end(self, trial: Trial) -> None:
        """Count a trial as ended, however it ended."""
        self._waiting = [other for other in self._waiting if other.trial_id != trial.trial_id]
        self._running.pop(trial.trial_id, None)
        self._ended.add(trial.trial_id)

    def expected_s(self, trial: Trial) -> float | None:
        """Return the seconds that a trial takes, or still takes; None where nothing tells, as before any epoch."""
        case_id = trial.case.case_id
        if case_id in self._epoch_s:
            return self._trial_s(trial)
        expected_s = self._expected_s.get(case_id)
        return None if expected_s is None or self._slowdown is None else self._slowdown * expected_s

    def remaining_s(self) -> float | None:
        """Return the seconds that the rest takes, without the cases of which nothing tells; None before any epoch."""
        known = [seconds for trial in self._unfinished() if (seconds := self.expected_s(trial)) is not None]
        num_at_once = 1 if self.in_turns else max(len(self._running), 1)
        return sum(known) / num_at_once if known else None

    def _unfinished(self) -> list[Trial]:
        return [*self._running.values(), *self._waiting]

    def _trial_s(self, trial: Trial) -> float:
        if trial.trial_id in self._running:
            epochs_left = trial.case.epochs - self._epochs_of[trial.trial_id]
            return statistics.fmean(self._epoch_s[trial.case.case_id]) * epochs_left
        return self._whole_trial_s(trial)

    def _whole_trial_s(self, trial: Trial) -> float:
        case_id = trial.case.case_id
        start_up = self._start_up_s.get(case_id)
        in_epochs_s = statistics.fmean(self._epoch_s[case_id]) * trial.case.epochs
        first_steps_s = statistics.fmean(self._first_steps_s[case_id].values())
        return in_epochs_s + first_steps_s + (statistics.fmean(start_up) if start_up else 0.0)

    def _find_slowdown(self) -> float | None:
        """Return how many times longer than expected the cases take that have shown their pace; None before."""
        told = [case_id for case_id in self._epoch_s if self._expected_s.get(case_id)]
        if not told:
            return None
        return statistics.fmean(
            self._whole_trial_s(self._trial_of[case_id]) / self._expected_s[case_id] for case_id in told
        )
