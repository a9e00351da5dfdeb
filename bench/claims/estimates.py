"""The estimates that stand beside a verdict: what each side of a claim did, over its own seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from bench.analysis.statistics.interval import Interval, prediction_interval, summarize_rates, summarize_values
from bench.analysis.trial.throughput import fit_epoch_s, fit_throughput, steady_epoch_s, steady_throughput
from bench.analysis.trial.time_to_target import TargetResult, is_crash, summarize_target
from bench.claims.evidence import ClaimSide
from bench.claims.predicates import best_val_accuracy, val_accuracy_after
from bench.plan.case import Case
from bench.store.records import EpochEvent, Journal

EstimateKind = Literal[
    "target", "val_accuracy", "fit_epoch_s", "steady_epoch_s", "fit_throughput", "throughput", "next_seed"
]


@dataclass(frozen=True)
class SideEstimate:
    """One estimate of one side: `target` for kind target, else `interval`; `epoch` where it is of one epoch.

    `num_crashed` trials ended before they had an interval's value; `target` counts its own. `shortest_budget` is of the
    trials whose longest one `target` names. A `next_seed`'s interval is the prediction of another seed's best
    val_accuracy by the end of `epoch`, whose mean is `deviations` standard deviations above what the claim names.
    """

    name: str
    kind: EstimateKind
    interval: Interval | None = None
    target: TargetResult | None = None
    epoch: int | None = None
    num_crashed: int = 0
    shortest_budget: int | None = None
    deviations: float | None = None


def next_estimates(side: ClaimSide, epoch: int, limit: float) -> tuple[SideEstimate, ...]:
    """Return what the next seed's best val_accuracy by the end of `epoch` is likely to be; empty where nothing tells.

    Whether a claim on an accuracy holds on a seed depends on this alone, and it tells by how much.
    """
    bests = [best for journal in side.trials if (best := best_val_accuracy(journal, epoch)) is not None]
    interval = prediction_interval(bests) if epoch else None
    if interval is None:
        return ()
    deviations = (interval.value - limit) / float(np.std(bests, ddof=1))
    return (SideEstimate(side.name, "next_seed", interval, epoch=epoch, deviations=deviations),)


Speed = Callable[[Case, Sequence[EpochEvent]], float | None]
_EPOCH_SECONDS: Mapping[EstimateKind, Speed] = {"fit_epoch_s": fit_epoch_s, "steady_epoch_s": steady_epoch_s}
_THROUGHPUTS: Mapping[EstimateKind, Speed] = {"fit_throughput": fit_throughput, "throughput": steady_throughput}


def target_estimates(sides: Sequence[ClaimSide], target: float) -> tuple[SideEstimate, ...]:
    """Return each side's hits, median epochs and median seconds to `target`."""
    return tuple(_target_estimate(side, target) for side in sides)


def accuracy_estimates(sides: Sequence[ClaimSide], epochs: Sequence[int]) -> tuple[SideEstimate, ...]:
    """Return each side's val_accuracy after each of `epochs`, over the seeds that came there."""
    return tuple(
        _estimate(side, "val_accuracy", partial(val_accuracy_after, epoch=epoch), epoch)
        for epoch in epochs
        for side in sides
    )


def epoch_time_estimates(sides: Sequence[ClaimSide]) -> tuple[SideEstimate, ...]:
    """Return each side's training seconds per epoch, first steps left out: as `fit` costs, and steady."""
    return _speed_estimates(sides, _EPOCH_SECONDS)


def throughput_estimates(sides: Sequence[ClaimSide]) -> tuple[SideEstimate, ...]:
    """Return each side's training examples per second: as `fit` costs, and steady."""
    return _speed_estimates(sides, _THROUGHPUTS)


def _speed_estimates(sides: Sequence[ClaimSide], speeds: Mapping[EstimateKind, Speed]) -> tuple[SideEstimate, ...]:
    return tuple(_estimate(side, kind, partial(speed_of, speed)) for side in sides for kind, speed in speeds.items())


def speed_of(speed: Speed, journal: Journal) -> float | None:
    """Return one speed of one trial."""
    return speed(journal.start.case, journal.epochs)


def _target_estimate(side: ClaimSide, target: float) -> SideEstimate:
    longest = max(journal.start.case.epochs for journal in side.trials)
    shortest = min((journal.start.case.epochs for journal in side.trials if not is_crash(journal)), default=longest)
    result = summarize_target(side.trials, target, longest, with_trials=side.case.reports_times)
    return SideEstimate(side.name, "target", target=result, shortest_budget=shortest)


def _estimate(
    side: ClaimSide, kind: EstimateKind, measure: Callable[[Journal], float | None], epoch: int | None = None
) -> SideEstimate:
    """Average a measure as the report does: a ratio that stands beside two times or rates is the ratio of these."""
    values = [(measure(journal), is_crash(journal)) for journal in side.trials]
    known = [value for value, _ in values if value is not None]
    # A time or rate that is not above 0 is no estimate.
    interval = summarize_values(known) if kind == "val_accuracy" else summarize_rates([x for x in known if x > 0])
    num_crashed = sum(value is None and crashed for value, crashed in values)
    return SideEstimate(side.name, kind, interval, epoch=epoch, num_crashed=num_crashed)
