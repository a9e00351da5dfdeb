"""What each figure of one trial is, from its journal's epochs, as docs/glossary.md defines it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.recompute.journals import Json, Trial
from tests.recompute.values.interval import median_time

# Accuracies are kept in single precision: 9,500 of 10,000 read back as 0.94999999, and are 95 %.
_SINGLE = 1e-7


def first_steps_s(epoch: Json) -> float:
    return float(epoch["first_step_s"] or 0.0)


def iterator_s(epoch: Json) -> float:
    return float(epoch.get("iterator_s") or 0.0)


def fit_s(epoch: Json) -> float:
    """Return the seconds of training as `fit` costs: without first steps, the wait for the iterator included."""
    return float(epoch["train_s"]) - first_steps_s(epoch)


def steady_s(epoch: Json) -> float:
    """Return the seconds of training without first steps and iterator."""
    return fit_s(epoch) - iterator_s(epoch)


def validations(epoch: Json) -> list[Json]:
    """Return all of an epoch's validations in order: those within it, and the epoch itself for that at its end."""
    return [*epoch.get("validations", ()), epoch]


def validation_s(epoch: Json) -> float:
    """Return the seconds of all of an epoch's validations: at its end, and within it where the case asks for that."""
    return math.fsum(one["val_s"] for one in validations(epoch))


def fit_throughput(trial: Trial) -> float:
    """Return examples per second over all epochs as `fit` costs, first steps apart."""
    return _examples(trial) / math.fsum(map(fit_s, trial.epochs))


def steady_throughput(trial: Trial) -> float:
    """Return examples per second over all epochs, without first steps, iterator and validation."""
    return _examples(trial) / math.fsum(map(steady_s, trial.epochs))


def whole_fit_throughput(trial: Trial) -> float:
    """Return examples per second of training and validation until `fit` returns, all examples at one rate."""
    num_examples = sum(epoch["num_examples"] for epoch in trial.epochs)
    at_ends = [float(epoch["val_s"]) for epoch in trial.epochs]
    compiles = not trial.epochs[0].get("validations") and len(at_ends) > 1  # the first validation of all does
    validating = len(at_ends) * statistics.fmean(at_ends[1:] if compiles else at_ends)
    return num_examples / (num_examples / fit_throughput(trial) + validating + ledger(trial)["ending"])


def fit_epoch_s(trial: Trial) -> float:
    """Return the seconds of a mean epoch, were all of it as fast as after the first steps; as `fit` costs."""
    return _examples_an_epoch(trial) / fit_throughput(trial)


def steady_epoch_s(trial: Trial) -> float:
    """Return the seconds of a mean epoch, were all of it as fast as its steady steps."""
    return _examples_an_epoch(trial) / steady_throughput(trial)


def _examples_an_epoch(trial: Trial) -> float:
    return statistics.fmean(epoch["num_examples"] for epoch in trial.epochs)


def _examples(trial: Trial) -> int:
    first = sum(epoch["first_step_examples"] for epoch in trial.epochs if epoch["first_step_s"] is not None)
    return int(sum(epoch["num_examples"] for epoch in trial.epochs) - first)


def achieved(trial: Trial) -> float:
    """Return floating-point operations per second that the network needs, at its steady throughput."""
    return steady_throughput(trial) * built(trial)["flops_per_example"]


def built(trial: Trial) -> Json:
    if trial.built is None:
        raise ValueError(f"{trial.start['trial_id']}: expected a built event")
    return trial.built


def over_epochs(value: Callable[[Json], float]) -> Callable[[Trial], float]:
    """Return the mean over a trial's epochs of what each epoch has."""
    return lambda trial: statistics.fmean(map(value, trial.epochs))


def step_s(quantile: str) -> Callable[[Trial], float]:
    """Return what a step takes, the mean over epochs of a quantile of calls that run several steps each."""
    mean = over_epochs(lambda epoch: float(epoch["step_s"][quantile]))
    return lambda trial: mean(trial) / built(trial)["resolved"]["steps_per_execution"]


def first_step(trial: Trial) -> float:
    return first_steps_s(trial.epochs[0])


def ledger(trial: Trial) -> dict[str, float]:
    """Return where a trial's seconds went; `ending` is what its total has beyond all the others."""
    if trial.end is None:
        raise ValueError(f"{trial.start['trial_id']}: expected an end event")
    parts = {
        "set-up": math.fsum(built(trial)[part] for part in ("import_s", "data_s", "build_s")),
        "steps": math.fsum(map(steady_s, trial.epochs)),
        "first steps": math.fsum(map(first_steps_s, trial.epochs)),
        "iterator": math.fsum(map(iterator_s, trial.epochs)),
        "validation": math.fsum(map(validation_s, trial.epochs)),
        "other": math.fsum(epoch["other_s"] for epoch in trial.epochs),
    }
    total = float(trial.end["total_s"])
    return {**parts, "ending": total - math.fsum(parts.values()), "whole trial": total}


def peak_memory(trial: Trial) -> float:
    return float(max(epoch["peak_rss_bytes"] for epoch in trial.epochs))


def canary(trial: Trial, part: str) -> list[float]:
    """Return the readings of one part of the canary, in order."""
    return [float(event["noise"]["canary"][part]) for event in (built(trial), *trial.epochs)]


def accuracy_after(trial: Trial, epoch: int) -> float | None:
    return trial.epochs[epoch - 1]["val_accuracy"] if len(trial.epochs) >= epoch else None


def best_accuracy(trial: Trial) -> float:
    return float(max(epoch["val_accuracy"] for epoch in trial.epochs))


@dataclass(frozen=True)
class Arrival:
    """When a trial came to a target, or how far it came without: epochs and training seconds.

    With `is_bound` it had the target at its first validation, so that the seconds are an upper bound. `since` are the
    seconds of the validation before, which did not have it, or all that it spent without.
    """

    seed: int
    is_hit: bool
    epochs: int
    seconds: float
    is_bound: bool
    since: float = 0.0


def arrive(trial: Trial, target: float) -> Arrival:
    """Return in which epoch, and after how many training seconds, a trial first had the target's accuracy."""
    spent = 0.0
    is_first, since = True, 0.0
    for number, epoch in enumerate(trial.epochs, 1):
        for one in validations(epoch):
            if one["val_accuracy"] >= target - _SINGLE:
                return Arrival(trial.seed, True, number, spent + one["train_s"], is_first, since)
            is_first, since = False, spent + one["train_s"]
        spent += epoch["train_s"]
    return Arrival(trial.seed, False, len(trial.epochs), spent, False, spent)


@dataclass(frozen=True)
class Target:
    """One target over a case's trials; trials that crashed before it count apart."""

    arrivals: tuple[Arrival, ...]
    num_crashed: int

    @property
    def hits(self) -> list[Arrival]:
        return [one for one in self.arrivals if one.is_hit]

    def median(self, value: Callable[[Arrival], float]) -> float | None:
        """Return the median, a miss later than any hit."""
        latest = max(map(value, self.arrivals))
        times = [value(one) if one.is_hit else latest for one in self.arrivals]
        return median_time(times, [one.is_hit for one in self.arrivals])

    @property
    def median_epochs(self) -> float | None:
        return self.median(lambda one: one.epochs)

    @property
    def median_s(self) -> float | None:
        return self.median(lambda one: one.seconds)

    @property
    def is_bound(self) -> bool:
        """Whether at least half of the trials came before their first validation, so that the median is a bound."""
        return 2 * sum(one.is_bound for one in self.arrivals) >= len(self.arrivals)

    def beyond(self, value: Callable[[Arrival], float]) -> float:
        """Return what a median is larger than: no trial came before what it had spent without."""
        return sorted(map(value, self.arrivals))[(len(self.arrivals) - 1) // 2]

    @property
    def expected_s(self) -> float | None:
        """What all trials spent, over the hits."""
        return math.fsum(one.seconds for one in self.arrivals) / len(self.hits) if self.hits else None


def to_target(trials: Sequence[Trial], target: float) -> Target:
    arrivals = [(trial, arrive(trial, target)) for trial in trials]
    counted = tuple(one for trial, one in arrivals if one.is_hit or not trial.is_crash)
    return Target(counted, len(arrivals) - len(counted))
