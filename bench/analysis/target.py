"""Epochs and seconds to an accuracy: any target, after the fact, from the stored curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from bench.analysis.stats import Interval, kaplan_meier_median, wilson_interval
from bench.store.records import Journal

TARGET_SWEEP = (0.80, 0.90, 0.95, 0.97, 0.98, 0.99)
# A diverged trial ran as it was meant to and did not get there; any other end says nothing of the model.
_RAN_TO_ITS_END = frozenset({"ok", "diverged"})

# Keras keeps metrics in single precision: 9,500 of 10,000 images read as 0.94999999, and that is 95 %.
_SINGLE_PRECISION = 1e-7

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


def time_to_target(journal: Journal, target: float) -> TargetTime:
    """Return when the trial's val_accuracy first reached `target`, at the end of an epoch.

    `train_s` is training time, first steps included and validation excluded. A trial that reached the target and
    crashed later did reach it: the crash came after what is measured, and the journal holds the epoch.
    """
    train_s: list[float] = []
    for epoch in journal.epochs:
        train_s.append(epoch.train_s)
        if reaches(epoch.val_accuracy, target):
            return _at(journal, "hit", train_s)
    return _at(journal, "miss" if journal.status in _RAN_TO_ITS_END else "crashed", train_s)


def _at(journal: Journal, outcome: Outcome, train_s: Sequence[float]) -> TargetTime:
    return TargetTime(journal.trial_id, journal.start.seed, outcome, len(train_s), math.fsum(train_s))


def summarize_target(journals: Sequence[Journal], target: float, epoch_budget: int) -> TargetResult:
    """Return one case's result for one target; `journals` are the case's trials.

    Misses are right-censored at the budget, crashes left out. The budget is in epochs: in seconds it ends with the
    slowest trial, or a fast trial's miss would read as given up before a slower one's hit in the same epoch. A diverged
    trial is censored at the budget too, however early it ended: it did not lack the time.
    """
    # A trial that still runs has neither hit nor missed; to count those alone that hit already would flatter the case.
    trials = tuple(time_to_target(journal, target) for journal in journals if journal.status != "running")
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


def target_steps(journals: Sequence[Journal], epoch_budget: int) -> tuple[TargetResult, ...]:
    """Return one result for each stretch of targets over which it is the same, from the lowest stretch to 1.

    A result holds for every target up to its own and above the one before: it changes only where a target passes a
    trial's best accuracy so far. So these few answer for any target, as a page's slider asks.
    """
    edges = sorted({best for journal in journals for best in _best_so_far(journal) if best < 1} | {1.0})
    return tuple(
        replace(summarize_target(journals, edge, epoch_budget), target=min(edge + _SINGLE_PRECISION, 1.0))
        for edge in edges
    )


def _best_so_far(journal: Journal) -> Iterator[float]:
    return accumulate((epoch.val_accuracy for epoch in journal.epochs if epoch.val_accuracy is not None), max)


def expected_running_time(spent: Sequence[float], hits: int) -> float | None:
    """Return what reaching the target costs with restarts: all that was spent, hits and misses, over the hits.

    None without a hit. Hansen, Auger, Ros, Mersmann, Tušar and Brockhoff, COCO: A Platform for Comparing Continuous
    Optimizers in a Black-Box Setting, Optimization Methods and Software 36 (2021), "expected runtime".
    """
    return math.fsum(spent) / hits if hits else None
