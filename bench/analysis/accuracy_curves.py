"""Accuracy per epoch over seeds, and where each epoch's seconds went."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from bench.analysis.statistics.interval import (
    MIN_FOR_A_BAND,
    Interval,
    interquartile_interval,
    interquartile_mean,
    mean_with_range,
)
from bench.analysis.trial.throughput import steady_train_s
from bench.analysis.trial.validations import Validation, validation_s, validations
from bench.store.records import EpochEvent, Journal

CurveKind = Literal["mean", "interquartile mean"]


@dataclass(frozen=True)
class SeedCurve:
    """One trial's curve, an entry per epoch; drawn thin. `train_elapsed_s` includes first steps, not validation.

    `validations` has an entry for each validation, within epochs too.
    """

    trial_id: str
    seed: int
    epochs: tuple[int, ...]
    train_elapsed_s: tuple[float, ...]
    num_examples: tuple[int, ...]
    accuracy: tuple[float | None, ...]
    val_accuracy: tuple[float | None, ...]
    validations: tuple[Validation, ...]


@dataclass(frozen=True)
class CurvePoint:
    """One epoch over the seeds that got that far; `train_elapsed_s` and `num_examples` are their means.

    `accuracy` is the training accuracy, gathered as `val_accuracy`'s value is; None where no seed has one.
    """

    epoch: int
    val_accuracy: Interval
    accuracy: float | None
    train_elapsed_s: float
    num_examples: float


@dataclass(frozen=True)
class EpochSeconds:
    """Where one epoch's seconds went, means over the seeds that got that far; the five parts add up to the epoch.

    The parts are named as those of `bench.analysis.trial.ledger.TrialLedger`. `first_step_s` is 0 in an epoch in which
    no step paid for tracing.
    """

    epoch: int
    steady_s: float
    first_step_s: float
    iterator_s: float
    val_s: float
    other_s: float


@dataclass(frozen=True)
class Curve:
    """Accuracy per epoch of a case: mean and range below 8 seeds, interquartile mean and bootstrap band from 8 up."""

    kind: CurveKind
    points: tuple[CurvePoint, ...]
    seeds: tuple[SeedCurve, ...]


def summarize_curve(journals: Sequence[Journal]) -> Curve:
    """Return one case's curve; `journals` are its trials, an epoch without a finite val_accuracy has no point.

    One rule holds for the whole curve, by the number of seeds that finished an epoch; where crashes leave fewer than 8
    seeds of 8 in a later epoch, that point has their range (its `kind` says so).
    """
    seeds = tuple(_seed_curve(journal) for journal in journals if journal.epochs)
    kind: CurveKind = "interquartile mean" if len(seeds) >= MIN_FOR_A_BAND else "mean"
    points = (_point(epoch, seeds, kind) for epoch in range(1, max((len(s.epochs) for s in seeds), default=0) + 1))
    return Curve(kind, tuple(point for point in points if point is not None), seeds)


def _seed_curve(journal: Journal) -> SeedCurve:
    epochs = journal.epochs
    return SeedCurve(
        trial_id=journal.trial_id,
        seed=journal.start.seed,
        epochs=tuple(epoch.epoch for epoch in epochs),
        train_elapsed_s=tuple(accumulate(epoch.train_s for epoch in epochs)),
        num_examples=tuple(accumulate(epoch.num_examples for epoch in epochs)),
        accuracy=tuple(epoch.accuracy for epoch in epochs),
        val_accuracy=tuple(epoch.val_accuracy for epoch in epochs),
        validations=tuple(validations(journal)),
    )


def _point(epoch: int, seeds: Sequence[SeedCurve], kind: CurveKind) -> CurvePoint | None:
    there = [(seed, epoch - 1) for seed in seeds if len(seed.epochs) >= epoch]
    val_accuracy = summarize_accuracies([seed.val_accuracy[index] for seed, index in there], kind)
    if val_accuracy is None:
        return None
    return CurvePoint(
        epoch=epoch,
        val_accuracy=val_accuracy,
        accuracy=_mean_accuracy([seed.accuracy[index] for seed, index in there], kind),
        train_elapsed_s=math.fsum(seed.train_elapsed_s[index] for seed, index in there) / len(there),
        num_examples=sum(seed.num_examples[index] for seed, index in there) / len(there),
    )


def summarize_accuracies(values: Sequence[float | None], kind: CurveKind) -> Interval | None:
    """Return one epoch's accuracy over the seeds that have one; None where none has.

    Mean and range, or interquartile mean with a percentile bootstrap over seeds, the case being the one stratum:
    Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, NeurIPS 2021.
    """
    finite, is_interquartile = _told(values, kind)
    return interquartile_interval(finite) if is_interquartile else mean_with_range(finite)


def _mean_accuracy(values: Sequence[float | None], kind: CurveKind) -> float | None:
    """Return the value that `summarize_accuracies` bounds, without the time that bounds take."""
    finite, is_interquartile = _told(values, kind)
    if is_interquartile:
        return float(interquartile_mean(finite))
    mean = mean_with_range(finite)
    return mean.value if mean else None


def _told(values: Sequence[float | None], kind: CurveKind) -> tuple[list[float], bool]:
    """Return the accuracies that there are, and whether they come to an interquartile mean or, being few, to a mean."""
    finite = [value for value in values if value is not None]
    return finite, kind == "interquartile mean" and len(finite) >= MIN_FOR_A_BAND


def summarize_ledger(journals: Sequence[Journal]) -> tuple[EpochSeconds, ...]:
    """Return where the seconds of each epoch went, means over the trials that finished it."""
    return tuple(_seconds(number, events) for number, events in _by_epoch(journals))


def _by_epoch(journals: Sequence[Journal]) -> Iterator[tuple[int, list[EpochEvent]]]:
    for index in range(max((len(journal.epochs) for journal in journals), default=0)):
        yield index + 1, [journal.epochs[index] for journal in journals if len(journal.epochs) > index]


def _seconds(epoch: int, events: Sequence[EpochEvent]) -> EpochSeconds:
    first_step_s = math.fsum(event.first_step_s or 0.0 for event in events)
    return EpochSeconds(
        epoch=epoch,
        steady_s=math.fsum(map(steady_train_s, events)) / len(events),
        first_step_s=first_step_s / len(events),
        iterator_s=math.fsum(event.iterator_s or 0.0 for event in events) / len(events),
        val_s=math.fsum(map(validation_s, events)) / len(events),
        other_s=math.fsum(event.other_s for event in events) / len(events),
    )
