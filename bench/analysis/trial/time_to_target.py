"""Epochs and seconds to an accuracy: any target, after the fact, from the stored curves."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from bench.analysis.statistics.interval import Floats, Interval, kaplan_meier_median, wilson_interval
from bench.analysis.trial.validations import validations
from bench.store.records import Journal

TARGET_SWEEP = (0.80, 0.90, 0.95, 0.97, 0.98, 0.99)
# A diverged trial ran as it was meant to and did not get there; any other end says nothing of the model.
_RAN_TO_ITS_END = frozenset({"ok", "diverged"})

# Keras keeps metrics in single precision: 9,500 of 10,000 images read as 0.94999999, and that is 95 %.
_SINGLE_PRECISION = 1e-7

# A page's slider moves in tenths of a percent.
TARGET_DIVISIONS = 1000

TargetOutcome = Literal["hit", "miss", "crashed"]


@dataclass(frozen=True)
class TargetTime:
    """When one trial was first seen to have reached the target; for a miss or a crash, how far it came without.

    `epochs` is the number of the epoch in which that was. Accuracy is known at the ends of epochs, and within them
    where the case has `validate_every`: a hit came after `since_s`, when the validation before had not reached it, and
    by `train_s`. At the very first validation that is an upper bound and no more: `is_bound`.
    """

    trial_id: str
    seed: int
    outcome: TargetOutcome
    epochs: int
    train_s: float
    is_bound: bool = False
    since_s: float = 0.0

    @property
    def earliest_s(self) -> float:
        """The earliest time at which it can have come: just later than `since_s`."""
        return math.nextafter(self.since_s, math.inf)


@dataclass(frozen=True)
class TargetResult:
    """One target over a case's trials; a None median or expectation reads "> budget" where `num_trials` is not 0.

    `epoch_budget` is the longest where the trials had several. `num_trials` counts hits and misses; crashes that came
    before the target are in `num_crashed` alone. With `is_bound` the median trial had reached it by its first
    validation, so that its seconds are an upper bound, with `is_expected_bound` some trial had. A median came after
    `median_since_s`, as a trial after its `since_s`. `median_epochs_beyond` and `median_train_s_beyond` are what a
    median is known to be larger than that is None; they are None, too, where it is known to be never. Where the case's
    times are not reported, `reports_times` is False and its seconds are None; those of `trials` stay, and whoever shows
    them asks.
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
    is_bound: bool = False
    is_expected_bound: bool = False
    median_epochs_beyond: float | None = None
    median_train_s_beyond: float | None = None
    median_since_s: float | None = None
    reports_times: bool = True


def reaches(val_accuracy: float | None, target: float) -> bool:
    """Tell whether an accuracy is at least the target, but for the rounding of single precision; None never is."""
    return val_accuracy is not None and val_accuracy >= target - _SINGLE_PRECISION


def is_crash(journal: Journal) -> bool:
    """Tell whether a trial ended in another way than it was meant to; one that still runs has not crashed yet."""
    return journal.status not in {*_RAN_TO_ITS_END, "running"}


class Climb:
    """One trial's successive best accuracies, and when it reached each: this gives the time to any target.

    `times` has one entry for each of `bests`, and behind them what became of a trial that has not reached a target.
    """

    def __init__(self, journal: Journal) -> None:
        self.bests: list[float] = []
        self.times: list[TargetTime] = []
        since_s: float | None = None
        for one in validations(journal):
            accuracy = one.val_accuracy
            if accuracy is not None and (not self.bests or accuracy > self.bests[-1]):
                self.bests.append(accuracy)
                self.times.append(_at(journal, "hit", one.epoch, one.train_s, since_s))
            since_s = one.train_s
        # How many epochs are known not to have been enough where the trial missed.
        self.limit = math.inf if journal.status == "diverged" else len(journal.epochs)
        train_s = math.fsum(epoch.train_s for epoch in journal.epochs)
        outcome: TargetOutcome = "miss" if journal.status in _RAN_TO_ITS_END else "crashed"
        self.times.append(_at(journal, outcome, len(journal.epochs), train_s, train_s))

    def time_to(self, target: float) -> TargetTime:
        """Return when the trial's val_accuracy was first seen to reach `target`.

        A trial that reached the target and crashed later did reach it: the crash is after what is measured, and the
        journal holds the epoch.
        """
        return self.times[bisect_left(self.bests, target - _SINGLE_PRECISION)]


def _at(journal: Journal, outcome: TargetOutcome, num_epochs: int, train_s: float, since_s: float | None) -> TargetTime:
    """Place what became of a trial; `since_s` is None of a hit at the first validation."""
    start = journal.start
    return TargetTime(journal.trial_id, start.seed, outcome, num_epochs, train_s, since_s is None, since_s or 0.0)


def time_to_target(journal: Journal, target: float) -> TargetTime:
    """Return when one trial first reached one target; see `Climb.time_to`.

    `train_s` is training time, first steps included and validation excluded.
    """
    return Climb(journal).time_to(target)


class Climbs:
    """A case's trials as they climbed, in columns: one comparison tells for all of them where they are at a target."""

    def __init__(self, journals: Sequence[Journal], epoch_budget: int) -> None:
        # A trial that still runs has neither hit nor missed; to count those alone that hit would flatter the case.
        self.climbs = [Climb(journal) for journal in journals if journal.status != "running"]
        self.epoch_budget = epoch_budget
        self._reports_times = all(journal.start.case.reports_times for journal in journals)
        num_trials, width = len(self.climbs), max((len(climb.bests) for climb in self.climbs), default=0)
        self._rows = np.arange(num_trials)
        self._bests = np.full((num_trials, width), math.inf)
        self._epochs, self._train_s, self._since_s = np.zeros((3, num_trials, width + 1))
        self._is_bound = np.zeros((num_trials, width + 1), dtype=np.bool_)
        for row, climb in enumerate(self.climbs):
            self._bests[row, : len(climb.bests)] = climb.bests
            self._epochs[row, : len(climb.times)] = [time.epochs for time in climb.times]
            self._train_s[row, : len(climb.times)] = [time.train_s for time in climb.times]
            self._since_s[row, : len(climb.times)] = [time.since_s for time in climb.times]
            self._is_bound[row, : len(climb.times)] = [time.is_bound for time in climb.times]
        self._num_bests = np.array([len(climb.bests) for climb in self.climbs], dtype=np.intp)
        self._limits = np.array([climb.limit for climb in self.climbs], dtype=np.float64)
        self._crashed = np.array([climb.times[-1].outcome == "crashed" for climb in self.climbs], dtype=np.bool_)

    def summarize(self, target: float, *, with_trials: bool = True) -> TargetResult:
        """Return the case's result for one target, with each trial's own time or without.

        Misses are right-censored, crashes left out: each miss where its own training ended, since trials of several
        runs may have had several budgets. A diverged trial is censored at the longest, however early it ended: it did
        not lack the time.
        """
        places = np.count_nonzero(self._bests < target - _SINGLE_PRECISION, axis=1)
        hit = places < self._num_bests
        counted = hit | ~self._crashed
        reached, rows, places = hit[counted], self._rows[counted], places[counted]
        epochs, seconds, hits = self._epochs[rows, places], self._train_s[rows, places], int(reached.sum())
        num_bounds = int(self._is_bound[rows, places].sum())
        limits = np.minimum(self._limits[rows], max(self.epoch_budget, epochs.max(initial=0.0)))
        median_epochs = kaplan_meier_median(np.where(reached, epochs, limits), reached)
        never = ~reached & np.isinf(self._limits[rows])
        beyond_s = _median_beyond(self._since_s[rows, places], never)
        result = TargetResult(
            target=target,
            epoch_budget=self.epoch_budget,
            hits=hits,
            num_trials=len(reached),
            num_crashed=len(hit) - len(reached),
            hit_rate=wilson_interval(hits, len(reached)),
            median_epochs=median_epochs,
            median_train_s=kaplan_meier_median(
                np.where(reached, seconds, _censoring_s(epochs, seconds, limits)), reached
            ),
            expected_epochs=expected_running_time(epochs.tolist(), hits),
            expected_train_s=expected_running_time(seconds.tolist(), hits),
            trials=tuple(climb.time_to(target) for climb in self.climbs) if with_trials else (),
            is_expected_bound=num_bounds > 0,
            is_bound=2 * num_bounds >= len(reached) > 0,
            median_epochs_beyond=None if median_epochs is not None else _median_beyond(epochs, never),
            median_train_s_beyond=None if median_epochs is not None else beyond_s,
            median_since_s=None if median_epochs is None else beyond_s,
        )
        return result if self._reports_times else _without_seconds(result)

    def steps(self) -> tuple[TargetResult, ...]:
        """Return one result for each stretch of targets in tenths of a percent over which it is the same, up to 1.

        A result holds for every such target up to its own and above the one before: it changes only where a target
        passes a trial's best accuracy so far. So these few are enough for every position of a page's slider, however
        many trials there are. They are without the trials' own times.
        """
        edges = {_last_reached(best) for climb in self.climbs for best in climb.bests} | {TARGET_DIVISIONS}
        return tuple(self.summarize(edge / TARGET_DIVISIONS, with_trials=False) for edge in sorted(edges))


def _without_seconds(result: TargetResult) -> TargetResult:
    return replace(
        result, median_train_s=None, expected_train_s=None, median_train_s_beyond=None, median_since_s=None,
        reports_times=False,
    )  # fmt: skip


def summarize_target(
    journals: Sequence[Journal], target: float, epoch_budget: int, *, with_trials: bool = True
) -> TargetResult:
    """Return one case's result for one target; `journals` are the case's trials. See `Climbs.summarize`."""
    return Climbs(journals, epoch_budget).summarize(target, with_trials=with_trials)


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


def _median_beyond(without: Floats, never: npt.NDArray[np.bool_]) -> float | None:
    """Return a lower bound of the median: no trial came before what it is known to have spent without.

    None of no trial, and where so many diverged that the median is never.
    """
    least = np.sort(np.where(never, math.inf, without))
    middle = float(least[(len(least) - 1) // 2]) if len(least) else math.inf
    return middle if math.isfinite(middle) else None


def _censoring_s(epochs: Floats, seconds: Floats, limits: Floats) -> Floats:
    """Return for each trial when the slowest was done that needed no more epochs than `limits` has for it.

    A miss is censored by epochs. By its own seconds a fast trial's miss would read as given up before a slower one's
    hit in the same epoch.
    """
    if limits.min(initial=math.inf) >= epochs.max(initial=0.0):
        return np.full_like(seconds, seconds.max(initial=0.0))  # one budget, as in every report
    order = np.argsort(epochs)
    slowest: Floats = np.maximum.accumulate(seconds[order])
    return slowest[np.searchsorted(epochs[order], limits, side="right") - 1]


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
