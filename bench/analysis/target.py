"""Epochs and seconds to an accuracy: any target, after the fact, from the stored curves."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench.analysis.stats import Interval, kaplan_meier_median, wilson_interval
from bench.store.records import Journal

TARGET_SWEEP = (0.80, 0.90, 0.95, 0.97, 0.98, 0.99)
# A diverged trial ran as it was meant to and did not get there; any other end says nothing of the model.
_RAN_TO_ITS_END = frozenset({"ok", "diverged"})

# Keras keeps metrics in single precision: 9,500 of 10,000 images read as 0.94999999, and that is 95 %.
_SINGLE_PRECISION = 1e-7

# Where a page's target can stand: on tenths of a percent.
TARGET_DIVISIONS = 1000

Outcome = Literal["hit", "miss", "crashed"]


@dataclass(frozen=True)
class TargetTime:
    """When one trial reached the target; for a miss or a crash, how far it came without reaching it."""

    trial_id: str
    seed: int
    outcome: Outcome
    epochs: int
    train_s: float


@dataclass(frozen=True)
class TargetResult:
    """One target over a case's trials; a None median or expectation reads "> budget" where `num_trials` is not 0.

    `num_trials` counts hits and misses; crashes that came before the target are in `num_crashed` alone.
    """

    target: float
    epoch_budget: int
    hits: int
    num_trials: int
    num_crashed: int
    hit_rate: Interval | None
    median_epochs: float | None
    median_train_s: float | None
    expected_epochs: float | None
    expected_train_s: float | None
    trials: tuple[TargetTime, ...]


def reaches(val_accuracy: float | None, target: float) -> bool:
    """Tell whether an accuracy is at least the target, but for the rounding of single precision; None never is."""
    return val_accuracy is not None and val_accuracy >= target - _SINGLE_PRECISION


class Climb:
    """One trial's successive best accuracies: what tells for any target when the trial came there.

    `train_s` is training time, first steps included and validation excluded. Each answer is made once.
    """

    def __init__(self, journal: Journal) -> None:
        self.bests: list[float] = []
        self.is_running = journal.status == "running"
        self._journal = journal
        self._epochs: list[int] = []
        self._times: dict[int, TargetTime] = {}
        for number, epoch in enumerate(journal.epochs, start=1):
            accuracy = epoch.val_accuracy
            if accuracy is not None and (not self.bests or accuracy > self.bests[-1]):
                self.bests.append(accuracy)
                self._epochs.append(number)

    def time_to(self, target: float) -> TargetTime:
        """Return when the trial's val_accuracy first reached `target`, at the end of an epoch.

        A trial that reached the target and crashed later did reach it: the crash came after what is measured, and the
        journal holds the epoch.
        """
        place = bisect_left(self.bests, target - _SINGLE_PRECISION)
        if place not in self._times:
            self._times[place] = self._at(place)
        return self._times[place]

    def _at(self, place: int) -> TargetTime:
        journal = self._journal
        if place < len(self.bests):
            outcome: Outcome = "hit"
            num_epochs = self._epochs[place]
        else:
            outcome = "miss" if journal.status in _RAN_TO_ITS_END else "crashed"
            num_epochs = len(journal.epochs)
        train_s = math.fsum(epoch.train_s for epoch in journal.epochs[:num_epochs])
        return TargetTime(journal.trial_id, journal.start.seed, outcome, num_epochs, train_s)


def time_to_target(journal: Journal, target: float) -> TargetTime:
    """Return when one trial first reached one target; see `Climb.time_to`."""
    return Climb(journal).time_to(target)


def summarize_target(journals: Sequence[Journal], target: float, epoch_budget: int) -> TargetResult:
    """Return one case's result for one target; `journals` are the case's trials. See `summarize_climbs`."""
    return summarize_climbs([Climb(journal) for journal in journals], target, epoch_budget)


def summarize_climbs(climbs: Sequence[Climb], target: float, epoch_budget: int) -> TargetResult:
    """Return one case's result for one target; `climbs` are of the case's trials, and serve every target.

    Misses are right-censored at the budget, crashes left out. The budget is in epochs: in seconds it ends with the
    slowest trial, or a fast trial's miss would read as given up before a slower one's hit in the same epoch. A diverged
    trial is censored at the budget too, however early it ended: it did not lack the time.
    """
    # A trial that still runs has neither hit nor missed; to count those alone that hit already would flatter the case.
    trials = tuple(climb.time_to(target) for climb in climbs if not climb.is_running)
    counted = [trial for trial in trials if trial.outcome != "crashed"]
    reached = [trial.outcome == "hit" for trial in counted]
    longest_s = max((trial.train_s for trial in counted), default=0.0)
    epochs = [trial.epochs if trial.outcome == "hit" else epoch_budget for trial in counted]
    seconds = [trial.train_s if trial.outcome == "hit" else longest_s for trial in counted]
    return TargetResult(
        target=target,
        epoch_budget=epoch_budget,
        hits=sum(reached),
        num_trials=len(counted),
        num_crashed=len(trials) - len(counted),
        hit_rate=wilson_interval(sum(reached), len(counted)),
        median_epochs=kaplan_meier_median(epochs, reached),
        median_train_s=kaplan_meier_median(seconds, reached),
        expected_epochs=expected_running_time([trial.epochs for trial in counted], sum(reached)),
        expected_train_s=expected_running_time([trial.train_s for trial in counted], sum(reached)),
        trials=trials,
    )


def reached_shares(result: TargetResult) -> tuple[tuple[float, float], ...]:
    """Return the share of trials that had reached the target by so many training seconds, as the steps of a curve.

    One minus the product-limit estimate of Kaplan and Meier (1958), at 0, at each hit, and at the end of the slowest
    trial, where every miss is censored; so a step is hits so far over trials, crashes left out. Empty without trials.
    """
    counted = [trial for trial in result.trials if trial.outcome != "crashed"]
    if not counted:
        return ()
    hits = sorted(trial.train_s for trial in counted if trial.outcome == "hit")
    steps = [(seconds, number / len(counted)) for number, seconds in enumerate(hits, start=1)]
    longest_s = max(trial.train_s for trial in counted)
    return ((0.0, 0.0), *steps, (longest_s, len(hits) / len(counted)))


def target_steps(climbs: Sequence[Climb], epoch_budget: int) -> tuple[TargetResult, ...]:
    """Return one result for each stretch of targets in tenths of a percent over which it is the same, up to 1.

    A result holds for every such target up to its own and above the one before: it changes only where a target passes
    a trial's best accuracy so far. So these few answer wherever a page's slider can stand, however many trials there
    are.
    """
    edges = {_last_reached(best) for climb in climbs for best in climb.bests} | {TARGET_DIVISIONS}
    return tuple(summarize_climbs(climbs, edge / TARGET_DIVISIONS, epoch_budget) for edge in sorted(edges))


def _last_reached(best: float) -> int:
    """Return the highest target that an accuracy reaches, in tenths of a percent."""
    guess = int(min(max(best, 0.0), 1.0) * TARGET_DIVISIONS)
    return guess + 1 if guess < TARGET_DIVISIONS and reaches(best, (guess + 1) / TARGET_DIVISIONS) else guess


def expected_running_time(spent: Sequence[float], hits: int) -> float | None:
    """Return what reaching the target costs with restarts: all that was spent, hits and misses, over the hits.

    None without a hit. Hansen, Auger, Ros, Mersmann, Tušar and Brockhoff, COCO: A Platform for Comparing Continuous
    Optimizers in a Black-Box Setting, Optimization Methods and Software 36 (2021), "expected runtime".
    """
    return math.fsum(spent) / hits if hits else None
