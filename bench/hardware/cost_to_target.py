"""What a target accuracy costs on a machine: seconds, dollars and joules of training."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.analysis.statistics.interval import kaplan_meier_median
from bench.analysis.trial.time_to_target import TargetResult
from bench.store.records import EpochEvent, Journal

_SECONDS_PER_HOUR = 3600


def dollars(seconds: float | None, usd_per_hour: float | None) -> float | None:
    """Return what renting a machine costs for so many seconds; None without a duration or a price."""
    return None if seconds is None or usd_per_hour is None else seconds * usd_per_hour / _SECONDS_PER_HOUR


def joules_to_target(journals: Sequence[Journal], result: TargetResult) -> float | None:
    """Return the median joules of training until a target, misses being censored as their seconds are.

    An epoch within which a validation saw the target counts for the share of its training seconds up to then. None
    where an epoch on the way has no figure, where too few trials reached the target, and where no sensor is.

    Args:
        journals: a case's trials.
        result: how these trials did on the target; its trials are in the journals' order.
    """
    counted = [
        (_joules_until(journal.epochs[: trial.epochs], trial.train_s), trial.outcome == "hit")
        for journal, trial in zip(journals, result.trials, strict=True)
        if trial.outcome != "crashed"
    ]
    known = [joules for joules, _ in counted if joules is not None]
    if not known or len(known) != len(counted):
        return None
    reached = [hit for _, hit in counted]
    most = max(known)
    return kaplan_meier_median([value if hit else most for value, hit in zip(known, reached, strict=True)], reached)


def _joules_until(epochs: Sequence[EpochEvent], train_s: float) -> float | None:
    """Return the joules of these epochs up to so many seconds of training, which fall into the last of them."""
    known = [epoch.energy_j for epoch in epochs if epoch.energy_j is not None]
    if not known or len(known) != len(epochs):
        return None
    *whole, last = known
    beyond_s = math.fsum(epoch.train_s for epoch in epochs) - train_s
    return math.fsum([*whole, last * (1 - beyond_s / epochs[-1].train_s)]) if beyond_s else math.fsum(known)
